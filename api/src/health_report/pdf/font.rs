//! The font: Noto Sans SC (SIL Open Font License 1.1, `font/OFL.txt`), subset to GBK.
//!
//! Names can be written as far as GBK goes. Rarer characters of names (𬭎, 䶮 and others of GB 18030) are not in it and
//! are printed as 〓: all of them would make the font many times as large.

use std::sync::LazyLock;

use anyhow::Context;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

static BYTES: &[u8] = include_bytes!("../font/NotoSansSC-Regular-subset.otf");
static FONT: LazyLock<Option<Font>> = LazyLock::new(|| Font::new(BYTES.into(), 0));

/// Written in place of what the font does not have.
const MISSING: char = '〓';

/// The font with what is needed to set a line.
pub(super) struct Face {
    pub(super) font: Font,
    reader: FontRef<'static>,
    units_per_em: f32,
}

/// A line that is set: its glyphs and how wide it is, in parts of the size.
pub(super) struct SetLine {
    pub(super) glyphs: Vec<KrillaGlyph>,
    pub(super) width: f32,
}

impl Face {
    pub(super) fn load() -> anyhow::Result<Self> {
        let font = FONT.clone().context("the font of reports cannot be read")?;
        let reader = FontRef::new(BYTES).context("the font of reports cannot be read")?;
        Ok(Self { units_per_em: font.units_per_em(), font, reader })
    }

    /// Sets a line of text from left to right, which is all that Chinese needs.
    pub(super) fn set(&self, text: &str) -> SetLine {
        let charmap = self.reader.charmap();
        let metrics = self.reader.glyph_metrics(Size::unscaled(), LocationRef::default());
        let mut width = 0.0;
        let mut glyphs = Vec::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            let glyph = charmap.map(character).or_else(|| charmap.map(MISSING)).unwrap_or_default();
            let advance = metrics.advance_width(glyph).unwrap_or_default() / self.units_per_em;
            width += advance;
            glyphs.push(KrillaGlyph {
                glyph_id: GlyphId::new(glyph.to_u32()),
                text_range: at..at + character.len_utf8(),
                x_advance: advance,
                x_offset: 0.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            });
        }
        SetLine { glyphs, width }
    }

    /// How wide a text is at a size.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        self.set(text).width * size
    }
}
