//! What the API definition says that tiles and their descriptions answer beside their content.

use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response, ResponseBuilder};

use crate::map::ogc::responses::{Responses, problem};

/// Any description of tiles.
pub(super) struct DocumentAnswers;

/// A tile.
pub(super) struct TileAnswers;

impl IntoResponses for DocumentAnswers {
    fn responses() -> Responses {
        Responses::from([
            ("304".to_owned(), unchanged()),
            ("400".to_owned(), problem("A query parameter is unknown, repeated or wrong")),
            ("404".to_owned(), problem("There is no such layer or tile matrix set")),
            ("default".to_owned(), problem("Problem details (RFC 9457)")),
        ])
    }
}

impl IntoResponses for TileAnswers {
    fn responses() -> Responses {
        let empty = ResponseBuilder::new().description("Nothing is to be seen there").build();
        Responses::from([
            ("204".to_owned(), empty.into()),
            ("304".to_owned(), unchanged()),
            ("400".to_owned(), problem("A number or a query parameter is wrong")),
            ("404".to_owned(), problem("There is no such layer, tile matrix set, matrix, row or column")),
            ("default".to_owned(), problem("Problem details (RFC 9457)")),
        ])
    }
}

fn unchanged() -> RefOr<Response> {
    ResponseBuilder::new().description("The client holds the current representation").build().into()
}
