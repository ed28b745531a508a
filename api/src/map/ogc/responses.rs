//! What every resource answers beside its content, as the API definition tells it.
//!
//! Problems come as JSON for programs and as a page for people, so they are put together here by hand: the
//! derived description knows one media type.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder, Schema};

type Responses = BTreeMap<String, RefOr<Response>>;

/// Any resource.
pub(super) struct CommonAnswers;

/// A resource with an id.
pub(super) struct NoSuchResource;

/// Any change of a resource.
pub(super) struct ChangeAnswers;

impl IntoResponses for ChangeAnswers {
    fn responses() -> Responses {
        Responses::from([
            (
                "400".to_owned(),
                problem("The body is no JSON, or its coordinate reference system is not known"),
            ),
            ("401".to_owned(), problem("Nobody is logged in")),
            ("403".to_owned(), problem("The caller may not, or not in this region")),
            ("412".to_owned(), problem("The place is no longer what was read; with its version and its tag")),
            ("413".to_owned(), problem("The body is larger than 1 MiB")),
            ("415".to_owned(), problem("The body has another media type")),
            ("422".to_owned(), problem("What is wrong with the place")),
            ("428".to_owned(), problem("`If-Match` is missing")),
            ("default".to_owned(), problem("Problem details (RFC 9457)")),
        ])
    }
}

impl IntoResponses for CommonAnswers {
    fn responses() -> Responses {
        let unchanged = ResponseBuilder::new().description("The client holds the current representation");
        Responses::from([
            ("304".to_owned(), unchanged.build().into()),
            ("400".to_owned(), problem("A query parameter is unknown, repeated or wrong")),
            ("406".to_owned(), problem("Neither JSON nor HTML is acceptable")),
            ("default".to_owned(), problem("Problem details (RFC 9457)")),
        ])
    }
}

impl IntoResponses for NoSuchResource {
    fn responses() -> Responses {
        Responses::from([("404".to_owned(), problem("There is no such layer or place"))])
    }
}

fn problem(description: &str) -> RefOr<Response> {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let page = Schema::Object(Object::with_type(SchemaType::new(Type::String)));
    let page = ContentBuilder::new().schema(Some(RefOr::T(page))).build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", problem)
        .content("text/html", page)
        .build()
        .into()
}
