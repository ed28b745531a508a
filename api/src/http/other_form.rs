//! Answers that come as JSON or, where the client asks for it by name, in one other form.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::parameters::{given, wrong};
use crate::error::ApiResult;

/// The form that an answer has beside JSON.
#[derive(Clone, Copy, Debug)]
pub struct OtherForm {
    /// Its value of the parameter `format`.
    pub word: &'static str,
    /// Its media type.
    pub media_type: &'static str,
}

impl OtherForm {
    /// Whether the client wants it: `format` decides, else whether `Accept` names it. Wildcards mean JSON.
    ///
    /// # Errors
    /// 400 for a `format` that does not exist.
    pub fn is_wanted(self, request: &HttpRequest, format: Option<&str>) -> ApiResult<bool> {
        match given(format) {
            Some("json") => Ok(false),
            Some(word) if word == self.word => Ok(true),
            Some(_) => Err(wrong("format", &format!("可选：json、{}。", self.word))),
            None => Ok(self.is_named_in(request)),
        }
    }

    fn is_named_in(self, request: &HttpRequest) -> bool {
        let values = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(self.media_type));
            is_it && !parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const SVG: OtherForm = OtherForm { word: "svg", media_type: "image/svg+xml" };

    fn wants(accept: &str, format: Option<&str>) -> Option<bool> {
        let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
        SVG.is_wanted(&request, format).ok()
    }

    #[test]
    fn the_parameter_decides_and_without_it_the_header() {
        assert_eq!(wants("*/*", None), Some(false));
        assert_eq!(wants("image/*", None), Some(false));
        assert_eq!(wants("text/html, image/SVG+xml;q=0.5", None), Some(true));
        assert_eq!(wants("image/svg+xml;q=0", None), Some(false));
        assert_eq!(wants("image/svg+xml", Some("json")), Some(false));
        assert_eq!(wants("application/json", Some("svg")), Some(true));
        assert_eq!(wants("*/*", Some("")), Some(false));
        assert_eq!(wants("*/*", Some("png")), None);
    }
}
