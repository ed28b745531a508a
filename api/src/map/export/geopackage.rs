//! OGC `GeoPackage` 1.3 (12-128r17): an `SQLite` file, made in memory, with a feature table per layer.
//!
//! There is no spatial index: it would need triggers with functions that only GIS programs have. QGIS
//! adds one at a click.

use std::fmt::Write as _;

use anyhow::Context;
use geodata::Bbox;
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
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326,
   'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]',
   'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');";

/// WGS-84.
const SRS_ID: i32 = 4326;
/// Column with the number of the place.
const ID: &str = "fid";
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
    for layer in layers {
        let table = Table::of(layer)?;
        table.create(connection, layer).await.context("a layer of a GeoPackage cannot be made")?;
        table.fill(connection, layer).await?;
    }
    connection.execute("COMMIT").await.context("a GeoPackage cannot be written")?;
    Ok(())
}

/// A feature table and its columns.
struct Table {
    name: String,
    columns: Columns,
    insert: String,
    create: String,
}

impl Table {
    fn of(layer: &ExportLayer<'_>) -> Result<Self, ExportFailure> {
        let columns = Columns::of(layer.features.iter().copied())?;
        let name = layer.id.to_owned();
        let mut taken = vec![ID.to_owned(), SHAPE.to_owned()];
        let mut definitions = format!("{ID} INTEGER PRIMARY KEY NOT NULL, {SHAPE} GEOMETRY");
        let mut places = "?, ?".to_owned();
        for column in columns.list() {
            let name = free_name(&column.name, &taken);
            // Writing to a string cannot fail.
            _ = write!(definitions, ", {} {}", quoted(&name), kind_of(column.kind));
            places.push_str(", ?");
            taken.push(name.to_lowercase());
        }
        let create = format!("CREATE TABLE {} ({definitions})", quoted(&name));
        let insert = format!("INSERT INTO {} VALUES ({places})", quoted(&name));
        Ok(Self { name, columns, insert, create })
    }

    async fn create(
        &self,
        connection: &mut SqliteConnection,
        layer: &ExportLayer<'_>,
    ) -> Result<(), sqlx::Error> {
        connection.execute(AssertSqlSafe(self.create.as_str())).await?;
        let bounds = bounds_of(layer);
        sqlx::query(
            "INSERT INTO gpkg_contents
               (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
             VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&self.name)
        .bind(layer.title)
        .bind(layer.description)
        .bind(bounds.map(|bounds| bounds.west))
        .bind(bounds.map(|bounds| bounds.south))
        .bind(bounds.map(|bounds| bounds.east))
        .bind(bounds.map(|bounds| bounds.north))
        .bind(SRS_ID)
        .execute(&mut *connection)
        .await?;
        sqlx::query("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)")
            .bind(&self.name)
            .bind(SHAPE)
            .bind(geometry_type(layer))
            .bind(SRS_ID)
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
        for feature in &layer.features {
            self.read(feature, &mut row)?;
            let shape = feature.geometry().map(|shape| to_geopackage(shape, SRS_ID));
            let mut insert =
                sqlx::query(AssertSqlSafe(self.insert.as_str())).bind(i64::from(feature.id())).bind(shape);
            for value in row.drain(..) {
                insert = bound(insert, value);
            }
            insert.execute(&mut *connection).await.context("a place cannot be written to a GeoPackage")?;
        }
        Ok(())
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

fn bounds_of(layer: &ExportLayer<'_>) -> Option<Bbox> {
    use geo::BoundingRect;
    let rects = layer.features.iter().filter_map(|feature| feature.geometry()?.bounding_rect());
    rects
        .map(|rect| Bbox { west: rect.min().x, south: rect.min().y, east: rect.max().x, north: rect.max().y })
        .reduce(|one, other| Bbox {
            west: one.west.min(other.west),
            south: one.south.min(other.south),
            east: one.east.max(other.east),
            north: one.north.max(other.north),
        })
}

/// The type that all shapes have, so that programs draw the layer in one style (annex G).
fn geometry_type(layer: &ExportLayer<'_>) -> &'static str {
    let mut kinds = layer.features.iter().filter_map(|feature| feature.geometry()).map(|shape| match shape {
        geo::Geometry::Point(_) => "POINT",
        geo::Geometry::Line(_) | geo::Geometry::LineString(_) => "LINESTRING",
        geo::Geometry::Polygon(_) | geo::Geometry::Rect(_) | geo::Geometry::Triangle(_) => "POLYGON",
        geo::Geometry::MultiPoint(_) => "MULTIPOINT",
        geo::Geometry::MultiLineString(_) => "MULTILINESTRING",
        geo::Geometry::MultiPolygon(_) => "MULTIPOLYGON",
        geo::Geometry::GeometryCollection(_) => "GEOMETRYCOLLECTION",
    });
    match kinds.next() {
        Some(first) if kinds.all(|kind| kind == first) => first,
        _ => "GEOMETRY",
    }
}
