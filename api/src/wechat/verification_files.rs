//! Text files at the root of the domain by which WeChat sees whose it is.

use std::collections::BTreeMap;
use std::path::Path;

use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, get};
use anyhow::Context;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::config::VerificationSource;
use crate::error::{ApiError, ApiResult};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// The files by name without `.txt`. Their bodies are served to the byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerificationFiles(BTreeMap<String, Vec<u8>>);

/// Real ones have some twenty bytes.
const LARGEST_BYTES: usize = 4 * 1024;

impl VerificationFiles {
    /// Reads the configured files.
    ///
    /// # Errors
    /// When the folder cannot be read, or a file could not be served.
    pub fn read(source: VerificationSource) -> anyhow::Result<Self> {
        let mut files = Self::default();
        match source {
            VerificationSource::Nowhere => {}
            VerificationSource::List(entries) => {
                for (name, body) in entries {
                    files.add(&name, body.into_bytes())?;
                }
            }
            VerificationSource::Folder(folder) => files.add_folder(&folder).with_context(|| {
                format!("KANGTU_WECHAT_VERIFY_FILES: {} cannot be read", folder.display())
            })?,
        }
        Ok(files)
    }

    fn add_folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let is_text = path.extension().is_some_and(|extension| extension == "txt") && path.is_file();
            if let (true, Some(name)) = (is_text, path.file_name().and_then(|name| name.to_str())) {
                self.add(name, std::fs::read(&path)?)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, body: Vec<u8>) -> anyhow::Result<()> {
        let stem = name.strip_suffix(".txt").filter(|stem| is_stem(stem)).with_context(|| {
            format!(
                "KANGTU_WECHAT_VERIFY_FILES: {name} must be up to 64 letters, digits or _ and end in .txt"
            )
        })?;
        anyhow::ensure!(
            body.len() <= LARGEST_BYTES,
            "KANGTU_WECHAT_VERIFY_FILES: {name} has more than {LARGEST_BYTES} bytes, which no such file has"
        );
        self.0.insert(stem.to_owned(), body);
        Ok(())
    }

    fn get(&self, stem: &str) -> Option<&[u8]> {
        self.0.get(stem).map(Vec::as_slice)
    }
}

fn is_stem(stem: &str) -> bool {
    (1..=64).contains(&stem.len()) && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Adds `/{name}.txt`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(get_verification_file);
}

/// Gives one of the configured domain-verification files, exactly as WeChat issued it.
#[utoipa::path(
    tag = "wechat",
    params(("name" = String, Path, description = "Name of the file")),
    responses((status = 200, body = String, content_type = "text/plain"), ProblemResponses)
)]
#[get("/{name}.txt")]
async fn get_verification_file(state: Data<AppState>, name: web::Path<String>) -> ApiResult<HttpResponse> {
    let body = state.wechat.verification_files.get(&name).ok_or_else(|| ApiError::NotFound {
        code: "not_found",
        detail: "没有找到这个地址，请检查网址是否完整。".into(),
    })?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(body.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str, body: &str) -> anyhow::Result<VerificationFiles> {
        VerificationFiles::read(VerificationSource::List(vec![(name.to_owned(), body.to_owned())]))
    }

    #[test]
    fn only_names_that_wechat_gives_are_taken() {
        assert_eq!(list("MP_verify_0aZ.txt", "0aZ").unwrap().get("MP_verify_0aZ"), Some(&b"0aZ"[..]));
        for name in [
            "",
            ".txt",
            "a.html",
            "a.txt.txt",
            "../a.txt",
            "a b.txt",
            "字.txt",
            &format!("{}.txt", "a".repeat(65)),
        ] {
            assert!(list(name, "").is_err(), "{name}");
        }
        assert!(list("a.txt", &"a".repeat(LARGEST_BYTES + 1)).is_err());
    }

    #[test]
    fn a_folder_gives_its_text_files_to_the_byte() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("6ynZPDvfTF.txt"), b"\xEF\xBB\xBFbody\r\n").unwrap();
        std::fs::write(folder.path().join("notes.md"), "no").unwrap();
        let files = VerificationFiles::read(VerificationSource::Folder(folder.path().into())).unwrap();
        assert_eq!(files.get("6ynZPDvfTF"), Some(&b"\xEF\xBB\xBFbody\r\n"[..]));
        assert_eq!(files.0.len(), 1);
        let nowhere = folder.path().join("nowhere");
        assert!(VerificationFiles::read(VerificationSource::Folder(nowhere)).is_err());
    }
}
