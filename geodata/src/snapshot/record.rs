//! What goes into a snapshot: the rows of layers and features as the database knows them.

use std::sync::Arc;

use crate::crs::Wgs84;

/// Number of a feature; at most [`MAX_FEATURE_ID`].
pub type FeatureId = u32;

/// Largest feature id: map components of phones take marker numbers of at most nine digits.
pub const MAX_FEATURE_ID: FeatureId = 999_999_999;

/// A layer of the map. The order of the records is the display order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRecord {
    /// Stable name of the layer, such as `park`.
    pub id: Arc<str>,
    /// Name of the icon that clients draw.
    pub icon: Arc<str>,
    /// First zoom level at which a view shows the layer.
    pub min_zoom: u8,
    /// Last zoom level at which a view shows the layer.
    pub max_zoom: u8,
}

/// A way into a place: a gate, a trailhead, a ramp.
#[derive(Debug, Clone, PartialEq)]
pub struct Entrance {
    /// Name on the sign, if it has one.
    pub name: Option<String>,
    /// What kind of entrance it is: `main`, `side`, `accessible`, `trailhead`.
    pub kind: String,
    /// Where it is.
    pub at: Wgs84,
}

/// One published place.
#[derive(Debug, Clone)]
pub struct FeatureRecord {
    /// Number of the feature, unique over all layers.
    pub id: FeatureId,
    /// Layer it belongs to.
    pub layer: Arc<str>,
    /// Version, raised by every edit.
    pub version: u32,
    /// Name shown on the map.
    pub name: String,
    /// Shape in WGS-84 longitude and latitude, degrees; `None` while the position is unknown.
    pub geometry: Option<geo::Geometry<f64>>,
    /// The public properties as one serialised JSON object; written to clients as it is.
    pub properties: Box<str>,
    /// Ways in.
    pub entrances: Vec<Entrance>,
}

/// One step of an edit.
#[derive(Debug, Clone)]
pub enum Change {
    /// The feature is new or replaces the one with the same id.
    Upsert(FeatureRecord),
    /// The feature is no longer published.
    Remove(FeatureId),
}

/// A line of the change log: which feature changed in which revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEntry {
    /// Revision of the map that holds the change.
    pub revision: u64,
    /// The feature that was changed or removed.
    pub feature: FeatureId,
}

/// Why a snapshot cannot be made. The records contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Two layers have the same id.
    #[error("图层“{0}”出现了两次，请改掉其中一个的编号")]
    DuplicateLayer(Arc<str>),
    /// Two features have the same id.
    #[error("地点编号 {0} 出现了两次，请改掉其中一个的编号")]
    DuplicateFeature(FeatureId),
    /// A feature names a layer that does not exist.
    #[error("地点 {feature} 属于不存在的图层“{layer}”，请先建立这个图层或改正地点的图层")]
    UnknownLayer {
        /// The feature.
        feature: FeatureId,
        /// The layer it names.
        layer: Arc<str>,
    },
    /// A feature id has more than nine digits.
    #[error("地点编号 {0} 超过九位数，手机地图无法显示，请换一个较小的编号")]
    IdTooLarge(FeatureId),
    /// An edit carries a revision that is not newer than the snapshot.
    #[error("修改的版本号 {given} 不比当前地图的 {current} 新，请重新载入地图后再改")]
    StaleRevision {
        /// Revision of the snapshot.
        current: u64,
        /// Revision of the edit.
        given: u64,
    },
}

/// A layer id that this map does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("没有名为“{0}”的图层，请从图层列表中选择")]
pub struct UnknownLayer(pub String);
