//! How files of GIS programs name and define a reference system: OGC 01-009, which all of them read.

use super::reference::ReferenceSystem;

const WGS_84: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]"#;
const CGCS2000: &str = r#"GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]"#;
const WEB_MERCATOR: &str = r#"PROJCS["WGS 84 / Pseudo-Mercator",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]],PROJECTION["Mercator_1SP"],PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],EXTENSION["PROJ4","+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs"],AUTHORITY["EPSG","3857"]]"#;

impl ReferenceSystem {
    /// The EPSG code; longitude before latitude has none of its own and shares that of WGS-84.
    pub fn epsg(self) -> u16 {
        match self {
            Self::Crs84 | Self::Epsg4326 => 4326,
            Self::WebMercator => 3857,
            Self::Cgcs2000 => 4490,
            Self::GaussKruger(zone) => zone.epsg(),
        }
    }

    /// The name that EPSG gives it.
    pub fn name(self) -> String {
        match self {
            Self::Crs84 | Self::Epsg4326 => "WGS 84".to_owned(),
            Self::WebMercator => "WGS 84 / Pseudo-Mercator".to_owned(),
            Self::Cgcs2000 => "China Geodetic Coordinate System 2000".to_owned(),
            Self::GaussKruger(zone) => {
                format!("CGCS2000 / 3-degree Gauss-Kruger CM {}E", zone.central_meridian_deg())
            }
        }
    }

    /// The definition as well-known text (OGC 01-009).
    ///
    /// ```
    /// use geodata::crs::{ReferenceSystem, Zone};
    /// let zone = Zone::around(114.41).ok_or("outside China")?;
    /// let text = ReferenceSystem::GaussKruger(zone).well_known_text();
    /// assert!(text.starts_with("PROJCS[\"CGCS2000 / 3-degree Gauss-Kruger CM 114E\","));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn well_known_text(self) -> String {
        match self {
            Self::Crs84 | Self::Epsg4326 => WGS_84.to_owned(),
            Self::WebMercator => WEB_MERCATOR.to_owned(),
            Self::Cgcs2000 => CGCS2000.to_owned(),
            Self::GaussKruger(zone) => format!(
                r#"PROJCS["{}",{CGCS2000},PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",{}],PARAMETER["scale_factor",1],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AUTHORITY["EPSG","{}"]]"#,
                self.name(),
                zone.central_meridian_deg(),
                zone.epsg()
            ),
        }
    }
}
