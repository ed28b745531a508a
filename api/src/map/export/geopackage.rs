//! OGC `GeoPackage` 1.3 (12-128r17): an `SQLite` file, made in memory, with a feature table per layer.
//!
//! There is no spatial index: it would need triggers with functions that only GIS programs have. QGIS
//! adds one at a click.

use std::borrow::Cow;
use std::fmt::Write as _;

use anyhow::Context;
use geo::{BoundingRect, Coord, Geometry, Rect};
use geodata::crs::ReferenceSystem;
use geodata::export::{ColumnKind, Columns, ExportLayer, PropertyValue, each_property};
use geodata::geometry::to_geopackage;
use geodata::snapshot::Feature;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Sqlite, SqliteConnection};

use super::ExportFailure;

/// `GPKG`, and version 1.3.0 (section 1.1.1.1.1).
const SCHEMA: &str = "\
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT '1970-01-01T00:00:00.000Z',
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL);";

/// WGS-84, which every file knows (requirement 11).
const WGS_84: ReferenceSystem = ReferenceSystem::Crs84;
/// Column with the number of the place, as the format wants it: GIS programs number anew when they copy a layer.
const ROW: &str = "fid";
/// Column with the number of the place that survives that.
const ID: &str = "id";
/// Column with the shape.
const SHAPE: &str = "geom";

/// Makes the file.
pub(super) async fn write(layers: &[ExportLayer<'_>]) -> Result<Vec<u8>, ExportFailure> {
    let options = SqliteConnectOptions::new()
        .in_memory(true)
        .foreign_keys(false)
        .pragma("page_size", "4096")
        .disable_statement_logging();
    let mut connection =
        SqliteConnection::connect_with(&options).await.context("a GeoPackage cannot be made")?;
    fill(&mut connection, layers).await?;
    let file = connection.serialize(None).await.context("a GeoPackage cannot be read back")?;
    let bytes = file.as_ref().to_vec();
    drop(file);
    connection.close().await.context("a GeoPackage cannot be closed")?;
    Ok(bytes)
}

async fn fill(connection: &mut SqliteConnection, layers: &[ExportLayer<'_>]) -> Result<(), ExportFailure> {
    connection.execute(SCHEMA).await.context("the tables of a GeoPackage cannot be made")?;
    connection.execute("BEGIN").await.context("a GeoPackage cannot be written")?;
    let mut known = vec![WGS_84.epsg()];
    define(connection, WGS_84).await.context("a reference system cannot be written to a GeoPackage")?;
    for layer in layers {
        if !known.contains(&layer.system.epsg()) {
            known.push(layer.system.epsg());
            let defined = define(connection, layer.system).await;
            defined.context("a reference system cannot be written to a GeoPackage")?;
        }
        let table = Table::of(layer)?;
        table.create(connection, layer).await.context("a layer of a GeoPackage cannot be made")?;
        table.fill(connection, layer).await?;
    }
    connection.execute("COMMIT").await.context("a GeoPackage cannot be written")?;
    Ok(())
}

async fn define(connection: &mut SqliteConnection, system: ReferenceSystem) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, NULL)")
        .bind(system.name())
        .bind(i32::from(system.epsg()))
        .bind(i32::from(system.epsg()))
        .bind(system.well_known_text())
        .execute(connection)
        .await?;
    Ok(())
}

/// A feature table and its columns.
struct Table<'l> {
    name: String,
    columns: Columns,
    shapes: Vec<Option<Cow<'l, Geometry<f64>>>>,
    srs_id: i32,
    insert: String,
    create: String,
}

impl<'l> Table<'l> {
    fn of(layer: &'l ExportLayer<'_>) -> Result<Self, ExportFailure> {
        let columns = Columns::of(layer.features.iter().copied())?;
        let name = layer.id.to_owned();
        let mut taken = [ROW, SHAPE, ID].map(str::to_owned).to_vec();
        let mut definitions = format!("{ROW} INTEGER PRIMARY KEY NOT NULL, {SHAPE} GEOMETRY, {ID} INTEGER");
        let mut places = "?, ?, ?".to_owned();
        for column in columns.list() {
            let name = free_name(&column.name, &taken);
            // Writing to a string cannot fail.
            _ = write!(definitions, ", {} {}", quoted(&name), kind_of(column.kind));
            places.push_str(", ?");
            taken.push(name.to_lowercase());
        }
        let create = format!("CREATE TABLE {} ({definitions})", quoted(&name));
        let insert = format!("INSERT INTO {} VALUES ({places})", quoted(&name));
        let srs_id = layer.system.epsg().into();
        Ok(Self { name, columns, shapes: layer.shapes(), srs_id, insert, create })
    }

    async fn create(
        &self,
        connection: &mut SqliteConnection,
        layer: &ExportLayer<'_>,
    ) -> Result<(), sqlx::Error> {
        connection.execute(AssertSqlSafe(self.create.as_str())).await?;
        let bounds = self.bounds();
        sqlx::query(
            "INSERT INTO gpkg_contents
               (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
             VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&self.name)
        .bind(layer.title)
        .bind(layer.description)
        .bind(bounds.map(|bounds| bounds.min().x))
        .bind(bounds.map(|bounds| bounds.min().y))
        .bind(bounds.map(|bounds| bounds.max().x))
        .bind(bounds.map(|bounds| bounds.max().y))
        .bind(self.srs_id)
        .execute(&mut *connection)
        .await?;
        sqlx::query("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)")
            .bind(&self.name)
            .bind(SHAPE)
            .bind(self.geometry_type())
            .bind(self.srs_id)
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn fill(
        &self,
        connection: &mut SqliteConnection,
        layer: &ExportLayer<'_>,
    ) -> Result<(), ExportFailure> {
        let mut row = vec![PropertyValue::Null; self.columns.list().len()];
        for (feature, shape) in layer.features.iter().zip(&self.shapes) {
            self.read(feature, &mut row)?;
            let shape = shape.as_deref().map(|shape| to_geopackage(shape, self.srs_id));
            let id = i64::from(feature.id());
            let mut insert = sqlx::query(AssertSqlSafe(self.insert.as_str())).bind(id).bind(shape).bind(id);
            for value in row.drain(..) {
                insert = bound(insert, value);
            }
            insert.execute(&mut *connection).await.context("a place cannot be written to a GeoPackage")?;
        }
        Ok(())
    }

    fn bounds(&self) -> Option<Rect<f64>> {
        let rects = self.shapes.iter().filter_map(|shape| shape.as_ref()?.bounding_rect());
        rects.reduce(|one, other| {
            let (low, high) = (one.min(), one.max());
            let (other_low, other_high) = (other.min(), other.max());
            Rect::new(
                Coord { x: low.x.min(other_low.x), y: low.y.min(other_low.y) },
                Coord { x: high.x.max(other_high.x), y: high.y.max(other_high.y) },
            )
        })
    }

    /// The type that all shapes have, so that programs draw the layer in one style (annex G).
    fn geometry_type(&self) -> &'static str {
        let mut kinds = self.shapes.iter().flatten().map(|shape| match &**shape {
            Geometry::Point(_) => "POINT",
            Geometry::Line(_) | Geometry::LineString(_) => "LINESTRING",
            Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => "POLYGON",
            Geometry::MultiPoint(_) => "MULTIPOINT",
            Geometry::MultiLineString(_) => "MULTILINESTRING",
            Geometry::MultiPolygon(_) => "MULTIPOLYGON",
            Geometry::GeometryCollection(_) => "GEOMETRYCOLLECTION",
        });
        match kinds.next() {
            Some(first) if kinds.all(|kind| kind == first) => first,
            _ => "GEOMETRY",
        }
    }

    /// The values of a feature in the order of the columns.
    fn read<'f>(&self, feature: &'f Feature, row: &mut Vec<PropertyValue<'f>>) -> Result<(), ExportFailure> {
        row.clear();
        row.resize(self.columns.list().len(), PropertyValue::Null);
        let mut expected = 0;
        each_property(feature, |name, value| {
            if let Some(place) = self.columns.place(&name, expected) {
                expected = place + 1;
                if let Some(slot) = row.get_mut(place) {
                    *slot = value;
                }
            }
        })?;
        Ok(())
    }
}

fn bound<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    value: PropertyValue<'_>,
) -> Query<'q, Sqlite, SqliteArguments> {
    match value {
        PropertyValue::Null => query.bind(None::<String>),
        PropertyValue::Bool(flag) => query.bind(flag),
        PropertyValue::Integer(number) => query.bind(number),
        PropertyValue::Number(number) => query.bind(number),
        PropertyValue::Text(text) => query.bind(text.into_owned()),
        PropertyValue::Json(json) => query.bind(json.to_owned()),
    }
}

fn kind_of(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Bool => "BOOLEAN",
        ColumnKind::Integer => "INTEGER",
        ColumnKind::Number => "DOUBLE",
        ColumnKind::Text | ColumnKind::Json => "TEXT",
    }
}

/// Columns of one name but for upper and lower case would be one column.
fn free_name(name: &str, taken: &[String]) -> String {
    let mut free = name.replace('\0', "");
    while taken.contains(&free.to_lowercase()) {
        free.push('_');
    }
    free
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\"").replace('\0', ""))
}
