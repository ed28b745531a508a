//! Which features of a layer a request selects, and the selecting.

use std::borrow::Cow;
use std::sync::Arc;

use anyhow::Context;
use geodata::bbox::Bbox;
use geodata::cql2::{Cql2Error, Expression, Filter, Kind, Queryables, parse_json, parse_text};
use geodata::crs::{ReferenceSystem, Region};
use geodata::snapshot::{LayerSnapshot, PageQuery, SelectQuery, Selected, SortKey};

use super::query::{ItemsQuery, Paging, Start, read};
use super::reference_systems;
use crate::error::{ApiError, ApiResult};
use crate::map::published::MapState;

/// The properties that the places of every layer have, with what they hold.
pub(super) const STANDARD: [(&str, Kind); 13] = [
    ("name", Kind::Text),
    ("layer", Kind::Text),
    ("region_code", Kind::Text),
    ("region", Kind::Text),
    ("address", Kind::Text),
    ("phone", Kind::Text),
    ("opening_hours", Kind::Text),
    ("facilities", Kind::List),
    ("demo", Kind::Boolean),
    ("source", Kind::Text),
    ("source_licence", Kind::Text),
    ("version", Kind::Integer),
    ("updated_at", Kind::Timestamp),
];

/// Most properties of `sortby`.
const MOST_SORT_KEYS: usize = 8;

/// What of a layer filters and sorting may name.
pub(super) fn queryables(layer: &LayerSnapshot) -> Queryables {
    layer.queryables(&STANDARD)
}

/// What a list of features selects, checked.
#[derive(Debug)]
pub(super) struct Selection {
    /// Where it starts and how long it is.
    pub(super) paging: Paging,
    /// System of positions in the answer.
    pub(super) system: ReferenceSystem,
    /// The properties in the answer; all without this.
    pub(super) properties: Option<Vec<Arc<str>>>,
    region: Option<Region>,
    filter: Option<Filter>,
    order: Vec<SortKey>,
}

impl Selection {
    /// Checks all parameters but `f` against what the layer has.
    pub(super) fn of(query: &ItemsQuery<'_>, map: &MapState, layer: &LayerSnapshot) -> ApiResult<Self> {
        let paging = query.paging()?;
        let system = |name, uri: &Option<Cow<'_, str>>| match uri {
            Some(uri) => reference_systems::named(map, name, uri),
            None => Ok(ReferenceSystem::Crs84),
        };
        let bbox_system = system("bbox-crs", &query.bbox_crs)?;
        let corners = read("bbox", query.bbox.as_deref(), Bbox::corners, |error| format!("{error}。"))?;
        let region = corners
            .map(|corners| bbox_system.region(corners))
            .transpose()
            .map_err(|error| ApiError::bad_parameter("bbox", format!("{error}。")))?;
        let mut selection = Self {
            paging,
            system: system("crs", &query.crs)?,
            properties: None,
            region,
            filter: None,
            order: Vec::new(),
        };
        let filter_system = system("filter-crs", &query.filter_crs)?;
        let is_filtered = query.filter.is_some() || query.q.is_some() || !query.queryables.is_empty();
        let language = language(query.filter_lang.as_deref())?;
        if is_filtered || query.sortby.is_some() || query.properties.is_some() {
            let known = queryables(layer);
            selection.filter = filter(query, language, filter_system, &known)?;
            selection.order = query.sortby.as_deref().map_or(Ok(Vec::new()), |text| order(text, &known))?;
            selection.properties =
                query.properties.as_deref().map(|text| properties(text, &known)).transpose()?;
        }
        Ok(selection)
    }

    /// The query by which the snapshot finds the page without looking at values, if that is enough.
    pub(super) fn page_query(&self) -> Option<PageQuery> {
        if self.filter.is_some() || !self.order.is_empty() {
            return None;
        }
        let bbox = match &self.region {
            None => None,
            Some(Region::Box(bbox)) => Some(*bbox),
            Some(Region::Shape(_)) => return None,
        };
        let (after, offset) = self.start();
        Some(PageQuery { bbox, after, offset, limit: self.paging.limit })
    }

    /// Whether the list goes by id, so that it can go on in another state of the map.
    pub(super) fn is_by_id(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether features are sent as the snapshot holds them ready.
    pub(super) fn is_as_stored(&self) -> bool {
        self.system == ReferenceSystem::Crs84 && self.properties.is_none()
    }

    fn start(&self) -> (Option<u32>, usize) {
        match self.paging.start {
            Start::Offset(offset) => (None, offset),
            Start::Cursor(cursor) if self.is_by_id() && cursor.after.is_some() => (cursor.after, 0),
            Start::Cursor(cursor) => (None, cursor.seen),
        }
    }

    /// The features that the request selects, and the page of them that it asks for: whatever is written
    /// from a query is written from this. Long conditions do not hold up other requests.
    pub(super) async fn select(self: Arc<Self>, map: Arc<MapState>, layer_id: &str) -> ApiResult<Selected> {
        let layer_id = layer_id.to_owned();
        let selecting = tokio::task::spawn_blocking(move || -> ApiResult<Selected> {
            let layer = map.snapshot.layer(&layer_id).context("a layer went away")?;
            let (after, offset) = self.start();
            let query = SelectQuery {
                region: self.region.as_ref(),
                filter: self.filter.as_ref(),
                order: &self.order,
                after,
                offset,
                limit: self.paging.limit,
            };
            map.snapshot
                .select(layer, &query)
                .map_err(|error| ApiError::bad_parameter("filter", format!("{error}。")))
        });
        selecting.await.context("selecting features was interrupted")?
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Text,
    Json,
}

fn language(text: Option<&str>) -> ApiResult<Language> {
    match text {
        None | Some("cql2-text") => Ok(Language::Text),
        Some("cql2-json") => Ok(Language::Json),
        Some(_) => {
            Err(ApiError::bad_parameter("filter-lang", "参数 filter-lang 只能是 cql2-text 或 cql2-json。"))
        }
    }
}

/// All conditions together.
fn filter(
    query: &ItemsQuery<'_>,
    language: Language,
    system: ReferenceSystem,
    known: &Queryables,
) -> ApiResult<Option<Filter>> {
    let wrong =
        |name: &str, error: Cql2Error| ApiError::bad_parameter(name, format!("参数 {name} 有误：{error}。"));
    let compiled = |name: &str, expression: &Expression| {
        Filter::compile(expression, known).map_err(|error| wrong(name, error))
    };
    let mut conditions = Vec::new();
    for (name, value) in &query.queryables {
        if known.get(name).is_none() {
            return Err(unknown_parameter(known));
        }
        conditions.push(known.equal_to(name, value).map_err(|error| wrong(name, error))?);
    }
    if let Some(words) = query.q.as_deref() {
        conditions.push(Expression::Words(alternatives(words)?));
    }
    if let Some(text) = query.filter.as_deref() {
        let parse = match language {
            Language::Text => parse_text,
            Language::Json => parse_json,
        };
        conditions.push(parse(text, system).map_err(|error| wrong("filter", error))?);
    }
    Ok(match conditions.as_slice() {
        [] => None,
        [single] => Some(compiled("filter", single)?),
        several => Some(compiled("filter", &Expression::And(several.to_vec()))?),
    })
}

fn unknown_parameter(known: &Queryables) -> ApiError {
    let names: Vec<&str> = known.all().map(|queryable| &*queryable.name).collect();
    let detail = format!("网址中有不认识的参数，它也不是这个图层的属性。可用的属性：{}。", names.join("、"));
    ApiError::BadRequest { code: "bad_parameter", detail, parameter: None }
}

/// Words between commas; each alternative has at least one.
fn alternatives(text: &str) -> ApiResult<Vec<Vec<String>>> {
    const MOST_WORDS: usize = 32;
    let alternatives: Vec<Vec<String>> = text
        .split([',', '，'])
        .map(|words| words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .collect();
    match alternatives.iter().map(Vec::len).sum::<usize>() {
        1..=MOST_WORDS => Ok(alternatives),
        0 => Err(ApiError::bad_parameter("q", "参数 q 里没有词，请写上要找的词，如 q=公园。")),
        _ => Err(ApiError::bad_parameter("q", format!("参数 q 最多 {MOST_WORDS} 个词，请少写一些。"))),
    }
}

/// `+a,-b`; a plus sign comes as a space where it is not escaped.
fn order(text: &str, known: &Queryables) -> ApiResult<Vec<SortKey>> {
    let mut keys = Vec::<SortKey>::new();
    for part in text.split(',') {
        let (name, descending) = match part.strip_prefix('-') {
            Some(name) => (name, true),
            None => (part.strip_prefix(['+', ' ']).unwrap_or(part), false),
        };
        let queryable =
            known.get(name).filter(|queryable| queryable.kind.is_sortable()).ok_or_else(|| {
                let names: Vec<&str> =
                    known.all().filter(|known| known.kind.is_sortable()).map(|known| &*known.name).collect();
                ApiError::bad_parameter(
                    "sortby",
                    format!("参数 sortby 只能用这些属性，每个前面可加 + 或 -：{}。", names.join("、")),
                )
            })?;
        if keys.iter().any(|key| key.name == queryable.name) || keys.len() == MOST_SORT_KEYS {
            let detail = format!("参数 sortby 里每个属性只写一次，最多 {MOST_SORT_KEYS} 个。");
            return Err(ApiError::bad_parameter("sortby", detail));
        }
        keys.push(SortKey { name: Arc::clone(&queryable.name), kind: queryable.kind, descending });
    }
    Ok(keys)
}

fn properties(text: &str, known: &Queryables) -> ApiResult<Vec<Arc<str>>> {
    let names = || {
        known
            .all()
            .filter(|known| !is_no_property(&known.name))
            .map(|known| &known.name)
            .chain(known.others())
    };
    text.split(',')
        .map(|wanted| {
            names().find(|name| ***name == *wanted).cloned().ok_or_else(|| {
                let known = names().map(|name| &**name).collect::<Vec<_>>().join("、");
                ApiError::bad_parameter(
                    "properties",
                    format!("参数 properties 只能用这些属性，用逗号隔开：{known}。"),
                )
            })
        })
        .collect()
}

/// The number and the shape stand beside the properties of a feature, not among them.
pub(super) fn is_no_property(name: &str) -> bool {
    matches!(name, "id" | "geometry")
}
