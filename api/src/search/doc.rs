//! What is indexed of a thing.

use chrono::{DateTime, Utc};
use entity::search_doc;
use sea_orm::ActiveValue;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sha2::{Digest, Sha256};

use super::expression::Token;
use super::tokens::{bigrams, pinyin_of_titles};

/// A longer text is found by its beginning: PostgreSQL takes at most 1 MB of lexemes.
const BODY_CHARACTERS: usize = 50_000;

/// What can be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocKind {
    /// An article, a video or a notice, by the id of the article.
    Article,
    /// A hotline, a clinic or a door to another app, by its id.
    Service,
    /// A health officer, by the id of the post.
    Officer,
    /// A place on the map, by its number.
    Place,
    /// An activity, by its number.
    Activity,
}

impl DocKind {
    /// Every kind, in the order in which equally good results are shown.
    pub const ALL: [Self; 5] = [Self::Article, Self::Service, Self::Officer, Self::Place, Self::Activity];

    /// The word that is stored and told.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Service => "service",
            Self::Officer => "officer",
            Self::Place => "place",
            Self::Activity => "activity",
        }
    }

    /// The kind with this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Public text of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doc {
    /// What it is.
    pub kind: DocKind,
    /// Which of its kind.
    pub reference: String,
    /// Its title, also found by pinyin.
    pub title: String,
    /// Words that stand for it as its title does: topics, the layer of a place.
    pub tags: Vec<String>,
    /// Everything else it says, as plain text.
    pub body: String,
    /// Ids of its topics.
    pub topics: Vec<String>,
    /// From when it may be found.
    pub published_at: DateTime<Utc>,
    /// From when it may no longer be found.
    pub expire_at: Option<DateTime<Utc>>,
}

/// The tokens of one thing, as they are indexed: in their order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DocTokens {
    pub(super) title: Vec<Token>,
    pub(super) body: Vec<Token>,
}

impl DocTokens {
    pub(super) fn of(doc: &Doc) -> Self {
        let mut title = Vec::new();
        for text in std::iter::once(&doc.title).chain(&doc.tags) {
            title.extend(bigrams(text).iter().map(|token| Token::word(token)));
            title.extend(pinyin_of_titles(text).iter().map(|token| Token::pinyin(token)));
        }
        title.extend(doc.topics.iter().map(|id| Token::topic(id)));
        let text: String = doc.body.chars().take(BODY_CHARACTERS).collect();
        let body = bigrams(&text).iter().map(|token| Token::word(token)).collect();
        Self { title: in_order(title), body: in_order(body) }
    }

    /// SHA-256 of all tokens.
    pub(super) fn fingerprint(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for part in [&self.title, &self.body] {
            for token in part {
                hash.update(token.as_str());
                hash.update(b" ");
            }
            hash.update(b"\n");
        }
        hash.finalize().to_vec()
    }
}

/// One thing as it is indexed, but for its reference: what takes time is done.
#[derive(Clone, Debug)]
pub struct Prepared {
    kind: DocKind,
    pub(super) term: Term,
    pub(super) fingerprint: Vec<u8>,
    pub(super) words: Words,
}

/// The tokens as the engines take them, with a space between any two.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) body: String,
}

impl Words {
    /// Bytes of all tokens.
    pub(super) fn byte_len(&self) -> usize {
        self.title.len() + self.body.len()
    }
}

/// From when until when something may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) published_at: ChronoUnixTimestampMillis,
    pub(super) expire_at: Option<ChronoUnixTimestampMillis>,
}

impl Prepared {
    /// Cuts what a thing says into tokens.
    pub fn of(doc: &Doc) -> Self {
        let tokens = DocTokens::of(doc);
        Self {
            kind: doc.kind,
            term: Term {
                published_at: ChronoUnixTimestampMillis(doc.published_at),
                expire_at: doc.expire_at.map(ChronoUnixTimestampMillis),
            },
            fingerprint: tokens.fingerprint(),
            words: Words { title: joined(tokens.title.iter()), body: joined(tokens.body.iter()) },
        }
    }

    /// Its row, and what is indexed under the number of that.
    pub(super) fn parted(self, reference: String) -> (search_doc::ActiveModel, (Term, Words)) {
        let row = search_doc::ActiveModel {
            id: ActiveValue::NotSet,
            kind: ActiveValue::Set(self.kind.as_str().to_owned()),
            reference: ActiveValue::Set(reference),
            published_at: ActiveValue::Set(self.term.published_at),
            expire_at: ActiveValue::Set(self.term.expire_at),
            fingerprint: ActiveValue::Set(self.fingerprint),
        };
        (row, (self.term, self.words))
    }
}

fn in_order(mut tokens: Vec<Token>) -> Vec<Token> {
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

fn joined<'t>(tokens: impl Iterator<Item = &'t Token>) -> String {
    let mut joined = String::new();
    for token in tokens {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(token.as_str());
    }
    joined
}
