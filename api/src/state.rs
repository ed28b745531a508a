//! What handlers share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::activities::published::PublishedActivities;
use crate::assessment::PublishedBands;
use crate::audit::Refusals;
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::Database;
use crate::files::Files;
use crate::idempotency::InFlight;
use crate::identity::password::Passwords;
use crate::identity::tokens::Tokens;
use crate::keys::Keys;
use crate::knowledge::import::PictureFetcher;
use crate::knowledge::published::PublishedKnowledge;
use crate::limits::Limits;
use crate::map::coverage::desk::CoverageDesk;
use crate::map::published::PublishedMap;
use crate::map::tiles::TileCache;
use crate::map::walking::published::PublishedWalking;
use crate::media::MediaStore;
use crate::metrics::Metrics;
use crate::moderation::WordList;
use crate::privacy::erasure::journal::Journal;
use crate::random::Random;
use crate::records::metrics::Catalogue;
use crate::regions::Regions;
use crate::registrations::SeatGuard;
use crate::search::answers::SearchAnswers;
use crate::search::names::DocNames;
use crate::vault::Vault;
use crate::wechat::Wechat;

/// Everything a request may need. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The settings the server was started with.
    pub settings: Arc<Settings>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The keys of the installation.
    pub keys: Keys,
    /// Makes and checks access tokens.
    pub tokens: Tokens,
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    /// Seals and opens what is personal.
    pub vault: Vault,
    /// What the server has of WeChat.
    pub wechat: Wechat,
    /// The data.
    pub database: Database,
    /// Files that belong to the data.
    pub files: Files,
    /// Pictures, videos and spoken texts.
    pub media: MediaStore,
    /// Fetches pictures of articles that are imported.
    pub pictures: PictureFetcher,
    /// What was erased, in a file outside the database.
    pub erasures: Journal,
    /// Refusals that are told together.
    pub refusals: Arc<Refusals>,
    /// How often one may ask.
    pub limits: Arc<Limits>,
    /// Requests under a key that are at work.
    pub idempotency: Arc<InFlight>,
    /// The tree of regions.
    pub regions: Regions,
    /// Words that residents' texts are looked through for.
    pub word_list: Arc<WordList>,
    /// The map being served.
    pub map: Arc<PublishedMap>,
    /// Tiles of it that are ready to send.
    pub tiles: Arc<TileCache>,
    /// The walking networks being used.
    pub walking: Arc<PublishedWalking>,
    /// Where coverage is asked for.
    pub coverage: Arc<CoverageDesk>,
    /// What residents read.
    pub knowledge: Arc<PublishedKnowledge>,
    /// Answers to what many people look for.
    pub search_answers: Arc<SearchAnswers>,
    /// What the numbers of the search index stand for.
    pub search_names: Arc<DocNames>,
    /// The activities that residents see.
    pub activities: Arc<PublishedActivities>,
    /// What can be measured.
    pub catalogue: Catalogue,
    /// What measured values are judged by.
    pub assessment: PublishedBands,
    /// How seats are counted; tests that prove themselves put a wrong one here.
    pub seat_guard: SeatGuard,
    /// Counters for operators.
    pub metrics: Arc<Metrics>,
    /// Set once the server has been told to stop.
    pub draining: Arc<AtomicBool>,
}
