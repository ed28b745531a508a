//! Holds every request to the documented contract: methods and query parameters.
//!
//! What is allowed is read from the generated OpenAPI document, so an endpoint cannot forget the
//! rule: an unknown query parameter is 400, and so is one that is repeated
//! and not documented as exploded, a wrong method 405 with `Allow`.

use std::borrow::Cow;
use std::collections::HashMap;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

use super::known_names::KnownNames;
use super::observation::Route;
use crate::error::ApiError;

/// Methods and query parameters of every documented path.
#[derive(Debug, Default)]
pub struct Contract {
    paths: HashMap<String, DocumentedPath>,
    /// Names of members of bodies, and of parameters.
    pub names: KnownNames,
}

#[derive(Debug, Default)]
struct DocumentedPath {
    operations: Vec<(Method, Vec<KnownParameter>)>,
    /// What may be done depends on who asks, so a handler tells it.
    tells_options: bool,
}

/// A query parameter that an operation knows.
#[derive(Clone, Debug)]
struct KnownParameter {
    name: String,
    /// Documented as exploded: each value stands for itself, as FHIR has it.
    may_repeat: bool,
    /// Documented as an exploded object: it stands for parameters of any name, which the handler checks.
    is_free_form: bool,
}

impl Contract {
    /// Reads the contract from the generated document.
    pub fn from_document(document: &OpenApi) -> Self {
        let paths: HashMap<String, DocumentedPath> =
            document.paths.paths.iter().map(|(path, item)| (path.clone(), documented(item))).collect();
        let operations = paths.values().flat_map(|path| &path.operations);
        let parameters = operations.flat_map(|(_, known)| known).map(|known| known.name.clone());
        let names = KnownNames::of_document(document).and(parameters);
        Self { paths, names }
    }

    fn check(&self, pattern: &str, method: &Method, query: &str) -> Result<(), ApiError> {
        let Some(path) = self.paths.get(pattern) else {
            return Ok(());
        };
        let Some((_, parameters)) = path.operations.iter().find(|(allowed, _)| allowed == method) else {
            return Err(ApiError::MethodNotAllowed { allow: path.allow() });
        };
        check_query(query, parameters)
    }
}

impl DocumentedPath {
    fn allow(&self) -> String {
        let mut methods: Vec<&str> = self.operations.iter().map(|(method, _)| method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.join(", ")
    }
}

fn documented(item: &PathItem) -> DocumentedPath {
    let operations = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, query_parameters(operation.as_ref()?))))
    .collect();
    DocumentedPath { operations, tells_options: item.options.is_some() }
}

fn query_parameters(operation: &Operation) -> Vec<KnownParameter> {
    operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .filter(|parameter| parameter.parameter_in == ParameterIn::Query)
        .map(|parameter| KnownParameter {
            name: parameter.name.clone(),
            may_repeat: parameter.explode == Some(true),
            is_free_form: parameter.explode == Some(true) && is_object(parameter.schema.as_ref()),
        })
        .collect()
}

fn is_object(schema: Option<&RefOr<Schema>>) -> bool {
    matches!(schema, Some(RefOr::T(Schema::Object(object))) if object.schema_type == SchemaType::Type(Type::Object))
}

fn check_query(query: &str, parameters: &[KnownParameter]) -> Result<(), ApiError> {
    let mut seen = 0_u64;
    let mut free = Vec::new();
    let takes_others = parameters.iter().any(|known| known.is_free_form);
    for (pair, number) in query.split('&').filter(|pair| !pair.is_empty()).zip(1..) {
        let name = decoded(pair.split('=').next().unwrap_or_default())?;
        let Some(place) = parameters.iter().position(|known| known.name == name && !known.is_free_form)
        else {
            if takes_others {
                if free.contains(&name) {
                    return Err(repeated(number));
                }
                free.push(name);
                continue;
            }
            let names: Vec<&str> = parameters.iter().map(|known| known.name.as_str()).collect();
            let known = if names.is_empty() { "（无）".into() } else { names.join("、") };
            return Err(refused(format!(
                "网址中的第 {number} 个参数没有这个名字。这里可用的参数：{known}。"
            )));
        };
        let bit = 1_u64.checked_shl(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0);
        let may_repeat = parameters.get(place).is_some_and(|known| known.may_repeat);
        if seen & bit != 0 && !may_repeat {
            return Err(repeated(number));
        }
        seen |= bit;
    }
    Ok(())
}

fn repeated(place: usize) -> ApiError {
    refused(format!("网址中的第 {place} 个参数重复了，请只写一次。"))
}

/// 400 that tells a parameter by its place: its name may be somebody's.
fn refused(detail: String) -> ApiError {
    ApiError::BadRequest { code: "bad_parameter", detail, parameter: None }
}

fn decoded(text: &str) -> Result<Cow<'_, str>, ApiError> {
    percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_not_utf8| ApiError::BadRequest {
        code: "bad_parameter",
        detail: "网址中的参数不是有效的 UTF-8 文字，请检查网址。".into(),
        parameter: None,
    })
}

/// Middleware: refuses what the contract does not know.
pub async fn enforce(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let verdict = verdict(&request);
    match verdict {
        Ok(None) => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Ok(Some(answer)) => Ok(request.into_response(answer)),
        Err(error) => Ok(request.error_response(error)),
    }
}

fn verdict(request: &ServiceRequest) -> Result<Option<HttpResponse>, ApiError> {
    let Some(contract) = request.app_data::<web::Data<Contract>>() else {
        return Ok(None);
    };
    let extensions = request.extensions();
    let Some(pattern) = extensions.get::<Route>().and_then(Route::pattern) else {
        return Ok(None);
    };
    if request.method() == Method::OPTIONS {
        let path = contract.paths.get(pattern).filter(|path| !path.tells_options);
        let allow = path.map(DocumentedPath::allow);
        return Ok(
            allow.map(|allow| HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish())
        );
    }
    contract.check(pattern, request.method(), request.query_string()).map(|()| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Vec<KnownParameter> {
        let known = |name: &str, may_repeat| KnownParameter {
            name: name.to_owned(),
            may_repeat,
            is_free_form: false,
        };
        vec![known("bbox", false), known("limit", false), known("date", true)]
    }

    #[test]
    fn what_is_documented_as_exploded_may_come_twice() {
        assert!(check_query("date=ge2026&date=lt2027", &parameters()).is_ok());
    }

    #[test]
    fn a_free_form_parameter_stands_for_any_name_but_for_each_once() {
        let mut parameters = parameters();
        let name = "properties".to_owned();
        parameters.push(KnownParameter { name, may_repeat: true, is_free_form: true });
        assert!(check_query("limit=1&colour=red&size=2", &parameters).is_ok());
        assert!(check_query("colour=red&col%6fur=blue", &parameters).is_err());
        assert!(check_query("limit=1&limit=2", &parameters).is_err());
    }

    #[test]
    fn known_parameters_pass_once() {
        assert!(check_query("bbox=1,2,3,4&limit=5", &parameters()).is_ok());
        assert!(check_query("", &parameters()).is_ok());
        assert!(check_query("limit=1&limit=2", &parameters()).is_err());
        assert!(check_query("limit=1&l%69mit=2", &parameters()).is_err());
    }

    #[test]
    fn unknown_parameters_are_refused_whatever_their_case_or_encoding() {
        for query in ["foo=1", "Limit=1", "limit%00=1", "%ff=1", "limit&unknown"] {
            assert!(check_query(query, &parameters()).is_err(), "{query}");
        }
    }
}
