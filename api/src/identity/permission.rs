//! What staff may be permitted to do, as types: a handler that names none cannot be reached by staff.

/// A permission, named as the table `role_permission` names it.
pub trait Permission: 'static {
    /// Its name in the database.
    const NAME: &'static str;
}

macro_rules! permissions {
    ($($(#[$doc:meta])+ $permission:ident = $name:literal),+ $(,)?) => {
        $($(#[$doc])+
        #[derive(Clone, Copy, Debug)]
        pub struct $permission;

        impl Permission for $permission {
            const NAME: &'static str = $name;
        })+

        /// Names of all permissions.
        pub const ALL: &[&str] = &[$($name),+];
    };
}

permissions! {
    /// Create, change and disable accounts of staff.
    ManageStaff = "staff.manage",
    /// Grant and revoke roles that go no further than one's own.
    AssignRoles = "roles.assign",
    /// Grant and revoke every role; what keeps an installation able to appoint anybody at all.
    AssignAnyRole = "roles.assign_any",
    /// End the sessions of staff.
    EndSessions = "sessions.end",
    /// Read the audit log.
    ReadAudit = "audit.read",
    /// Change regions.
    ManageRegions = "regions.manage",
    /// Manage the templates and the sending of messages.
    ManageMessages = "messages.manage",
    /// Draft changes of the map.
    EditMap = "map.edit",
    /// Publish changes of the map.
    ReviewMap = "map.review",
    /// Look at changes of the map that wait, and at what places were before.
    ReadMapDrafts = "map.read_drafts",
    /// Say how many people have to agree to a change of the map.
    ConfigureMapReviews = "map.configure",
    /// Write articles.
    EditArticles = "articles.edit",
    /// Look at articles that are not public yet, their history and how often they are read.
    ReadDrafts = "articles.read_drafts",
    /// Review articles that others wrote.
    ReviewArticles = "articles.review",
    /// Upload pictures and videos.
    UploadMedia = "media.upload",
    /// Publish and withdraw articles that were reviewed.
    PublishArticles = "articles.publish",
    /// Say how many steps of review articles go through, and what reviewers look at.
    ConfigureReviews = "articles.configure",
    /// Change services, health officers, health days and the words for topics.
    EditDirectory = "directory.edit",
    /// Hold activities and check people in.
    HostActivities = "activities.host",
    /// Read the numbers of activities: ledger and statistics, without names.
    ReadActivityFigures = "activities.figures",
    /// Look at activities before everybody sees them, and publish them.
    ReviewActivities = "activities.review",
    /// Decide about residents' text and pictures that wait for a look.
    ReviewModeration = "moderation.review",
    /// Manage screens in lobbies and what plays on them.
    ManageScreens = "screens.manage",
    /// Show emergency messages on screens.
    SendEmergencies = "screens.emergency",
    /// See who a person is.
    ReadPersons = "persons.read",
    /// See health values of a person, with consent.
    ReadHealth = "health.read",
    /// Work through the list of people to call.
    ManageFollowUps = "follow_ups.manage",
    /// Keep a health hut.
    KeepHuts = "huts.keep",
    /// Enter indicators.
    EnterIndicators = "indicators.enter",
    /// Read indicators.
    ReadIndicators = "indicators.read",
    /// Supervise tasks.
    SuperviseTasks = "tasks.supervise",
}
