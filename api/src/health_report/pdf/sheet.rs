//! Pages that fill from top to bottom: first it is found out what stands where, then it is drawn.

use anyhow::Context;
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke};
use krilla::surface::Surface;

use super::font::Face;

/// A4 in points.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 46.0;
/// Width between the margins.
pub(super) const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// Space for the line at the foot.
const FOOT: f32 = 24.0;
/// Distance of lines, in sizes.
const LEADING: f32 = 1.5;

/// Colours that can be told apart in print and by people who see few colours.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    Black,
    Grey,
    PaleGrey,
    Green,
    PaleGreen,
    Amber,
    Red,
    Blue,
    PaleBlue,
    Purple,
    PalePurple,
}

impl Ink {
    /// The colour of the nth line of a chart.
    pub(super) fn of_series(nth: usize) -> Self {
        [Self::Blue, Self::Purple, Self::Grey][nth.min(2)]
    }

    /// The colour of the usual range of the nth of so many lines: green where there is one, else that of its line.
    pub(super) fn of_usual(nth: usize, lines: usize) -> Self {
        match (lines, nth) {
            (1, _) => Self::PaleGreen,
            (_, 0) => Self::PaleBlue,
            (_, 1) => Self::PalePurple,
            _ => Self::PaleGrey,
        }
    }

    fn color(self) -> rgb::Color {
        let (red, green, blue) = match self {
            Self::Black => (0x22, 0x22, 0x22),
            Self::Grey => (0x66, 0x66, 0x66),
            Self::PaleGrey => (0xCC, 0xCC, 0xCC),
            Self::Green => (0x1B, 0x7A, 0x3D),
            Self::PaleGreen => (0xD9, 0xF0, 0xE0),
            Self::Amber => (0x9A, 0x5B, 0x00),
            Self::Red => (0xB3, 0x1B, 0x1B),
            Self::Blue => (0x1F, 0x5F, 0xBF),
            Self::PaleBlue => (0xDC, 0xE8, 0xF8),
            Self::Purple => (0x8A, 0x2B, 0x8A),
            Self::PalePurple => (0xF3, 0xE3, 0xF3),
        };
        rgb::Color::new(red, green, blue)
    }

    fn fill(self) -> Fill {
        Fill { paint: self.color().into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
    }
}

enum Mark {
    Text { x: f32, y: f32, size: f32, ink: Ink, text: String },
    Line { points: Vec<(f32, f32)>, width: f32, ink: Ink },
    Area { edges: [f32; 4], ink: Ink },
}

/// The pages so far.
pub(super) struct Sheet<'f> {
    face: &'f Face,
    pages: Vec<Vec<Mark>>,
    /// Where the next line begins.
    y: f32,
}

impl<'f> Sheet<'f> {
    pub(super) fn first(face: &'f Face) -> Self {
        Self { face, pages: vec![Vec::new()], y: MARGIN }
    }

    fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Begins a page unless this much still fits.
    pub(super) fn keep_together(&mut self, height: f32) {
        if self.y + height > PAGE.1 - MARGIN - FOOT {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
    }

    pub(super) fn gap(&mut self, height: f32) {
        self.y += height;
    }

    /// One line or, where it is too long, several.
    pub(super) fn text(&mut self, text: &str, size: f32, ink: Ink) {
        for line in self.lines(text, size, WIDTH) {
            self.keep_together(size * LEADING);
            self.y += size * LEADING;
            let y = self.y - size * 0.4;
            self.put(Mark::Text { x: MARGIN, y, size, ink, text: line });
        }
    }

    /// Several lines with some room below.
    pub(super) fn paragraph(&mut self, text: &str, size: f32, ink: Ink) {
        self.text(text, size, ink);
        self.gap(size * 0.2);
    }

    /// Chinese breaks between any two characters but before a closing mark; numbers and words stay whole.
    fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        let mut used = 0.0;
        for piece in pieces(text) {
            let needed = self.face.width(&piece, size);
            if used > 0.0 && used + needed > width {
                lines.push(String::new());
                used = 0.0;
            }
            used += needed;
            if let Some(line) = lines.last_mut() {
                line.push_str(&piece);
            }
        }
        lines
    }

    pub(super) fn rule(&mut self) {
        self.gap(6.0);
        let points = vec![(MARGIN, self.y), (PAGE.0 - MARGIN, self.y)];
        self.put(Mark::Line { points, width: 0.8, ink: Ink::PaleGrey });
        self.gap(2.0);
    }

    /// Cells side by side; one that is too long ends in dots.
    pub(super) fn row(&mut self, columns: &[f32; 4], cells: &[String; 4], size: f32, ink: Ink) {
        self.keep_together(size * LEADING);
        self.y += size * LEADING;
        let y = self.y - size * 0.4;
        for (nth, cell) in cells.iter().enumerate() {
            let left = columns[nth];
            let right = columns.get(nth + 1).copied().unwrap_or(WIDTH);
            let text = self.shortened(cell, size, right - left - 6.0);
            self.put(Mark::Text { x: MARGIN + left, y, size, ink, text });
        }
    }

    fn shortened(&self, text: &str, size: f32, width: f32) -> String {
        if self.face.width(text, size) <= width {
            return text.to_owned();
        }
        let mut kept = String::new();
        for character in text.chars() {
            let longer = format!("{kept}{character}");
            if self.face.width(&longer, size) + size > width {
                break;
            }
            kept = longer;
        }
        format!("{kept}…")
    }

    /// What the colours of a chart mean.
    pub(super) fn legend(&mut self, entries: Vec<(String, Ink)>, size: f32) {
        if entries.is_empty() {
            return;
        }
        self.keep_together(size * LEADING);
        self.y += size * LEADING;
        let (y, mut x) = (self.y - size * 0.4, MARGIN);
        for (text, ink) in entries {
            let width = self.face.width(&text, size);
            // A pale colour shows in its mark only; the words beside it must be read.
            let (mark, words) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
            self.put(Mark::Text { x, y, size, ink, text: mark.to_owned() });
            let after = x + self.face.width(mark, size);
            self.put(Mark::Text { x: after, y, size, ink: Ink::Black, text: words.to_owned() });
            x += width + 2.0 * size;
        }
    }

    /// A box of this height as wide as the page, to be drawn in.
    pub(super) fn figure(&mut self, height: f32) -> Figure<'_, 'f> {
        self.gap(6.0);
        let top = self.y;
        Figure { sheet: self, top, height }
    }

    /// Draws all pages.
    pub(super) fn draw(self, document: &mut Document, foot: &str) -> anyhow::Result<()> {
        let count = self.pages.len();
        for (nth, marks) in self.pages.into_iter().enumerate() {
            let settings = PageSettings::from_wh(PAGE.0, PAGE.1).context("A4 is no page")?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for mark in &marks {
                mark.draw(self.face, &mut surface);
            }
            let foot = format!("{foot} · 第 {} 页，共 {count} 页", nth + 1);
            let y = PAGE.1 - MARGIN + 8.0;
            Mark::Text { x: MARGIN, y, size: 8.0, ink: Ink::Grey, text: foot }.draw(self.face, &mut surface);
            surface.finish();
            page.finish();
        }
        Ok(())
    }
}

/// What must not stand at the beginning of a line.
const CLOSING: &str = "，。、；：！？）》”’％%℃…";

/// The parts of a text that lines break between.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in text.chars() {
        let of_word = character.is_ascii_graphic();
        match pieces.last_mut() {
            Some(last) if (of_word && in_word) || CLOSING.contains(character) => last.push(character),
            _ => pieces.push(character.to_string()),
        }
        in_word = of_word;
    }
    pieces
}

/// A box to be drawn in; places are within it.
pub(super) struct Figure<'s, 'f> {
    sheet: &'s mut Sheet<'f>,
    top: f32,
    height: f32,
}

impl Figure<'_, '_> {
    fn place(&self, (x, y): (f32, f32)) -> (f32, f32) {
        (MARGIN + x, self.top + y)
    }

    pub(super) fn area(&mut self, [left, top, right, bottom]: [f32; 4], ink: Ink) {
        let ((left, top), (right, bottom)) = (self.place((left, top)), self.place((right, bottom)));
        self.sheet.put(Mark::Area { edges: [left, top, right, bottom], ink });
    }

    pub(super) fn line(&mut self, points: &[(f32, f32)], width: f32, ink: Ink) {
        let points = points.iter().map(|point| self.place(*point)).collect();
        self.sheet.put(Mark::Line { points, width, ink });
    }

    pub(super) fn dot(&mut self, x: f32, y: f32, ink: Ink) {
        self.area([x - 1.6, y - 1.6, x + 1.6, y + 1.6], ink);
    }

    /// A text that ends at `x`, level with `y`.
    pub(super) fn label_left_of(&mut self, x: f32, y: f32, text: &str, size: f32) {
        let (x, y) = self.place((x - self.sheet.face.width(text, size), y + size * 0.35));
        self.sheet.put(Mark::Text { x, y, size, ink: Ink::Grey, text: text.to_owned() });
    }

    /// A text whose middle is at `x`, and that stays within the box.
    pub(super) fn label_below(&mut self, x: f32, y: f32, text: &str, size: f32) {
        let width = self.sheet.face.width(text, size);
        let x = (x - width / 2.0).clamp(0.0, WIDTH - width);
        let (x, y) = self.place((x, y));
        self.sheet.put(Mark::Text { x, y, size, ink: Ink::Grey, text: text.to_owned() });
    }

    /// What follows stands below the box.
    pub(super) fn end(self) {
        self.sheet.y = self.top + self.height + 2.0;
    }
}

impl Mark {
    fn draw(&self, face: &Face, surface: &mut Surface<'_>) {
        match self {
            Self::Text { x, y, size, ink, text } => {
                surface.set_stroke(None);
                surface.set_fill(Some(ink.fill()));
                let line = face.set(text);
                surface.draw_glyphs(
                    Point::from_xy(*x, *y),
                    &line.glyphs,
                    face.font.clone(),
                    text,
                    *size,
                    false,
                );
            }
            Self::Line { points, width, ink } => {
                let mut path = PathBuilder::new();
                for (nth, (x, y)) in points.iter().enumerate() {
                    if nth == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
                }
                if let Some(path) = path.finish() {
                    surface.set_fill(None);
                    surface.set_stroke(Some(stroke(*width, *ink)));
                    surface.draw_path(&path);
                }
            }
            Self::Area { edges: [left, top, right, bottom], ink } => {
                let mut path = PathBuilder::new();
                let rect = Rect::from_ltrb(*left, *top, *right, *bottom);
                if let Some(rect) = rect {
                    path.push_rect(rect);
                }
                if let Some(path) = path.finish() {
                    surface.set_stroke(None);
                    surface.set_fill(Some(ink.fill()));
                    surface.draw_path(&path);
                }
            }
        }
    }
}

fn stroke(width: f32, ink: Ink) -> Stroke {
    Stroke {
        paint: ink.color().into(),
        width,
        miter_limit: 10.0,
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        opacity: NormalizedF32::ONE,
        dash: None,
    }
}
