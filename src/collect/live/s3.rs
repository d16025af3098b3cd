//! A question to S3 (REST): what its own SDK would send, of a request of another client before it is signed. Path style, as
//! every bucket answers to it, one with dots in its name too; and always with the account that the bucket must be of, so
//! that nobody else's is ever asked.

use crate::digest::sha256_hex;
use crate::snapshot::bucket;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// The sub-resource of a bucket that an operation reads (S3's service model, `requestUri`).
fn sub_resource(operation: &str) -> Option<&'static str> {
    match operation {
        bucket::LIFECYCLE => Some("lifecycle"),
        bucket::LOCK => Some("object-lock"),
        bucket::VERSIONING => Some("versioning"),
        _ => None,
    }
}

/// Turns a request into this question. The host is S3's already.
///
/// # Errors
/// The operation, the bucket's name or its owner is none that may be asked; then nothing is sent.
pub(super) fn ask(request: &mut HttpRequest, operation: &str, input: &Value) -> Result<(), BoxError> {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    let sub = sub_resource(operation).ok_or("no operation of the plan")?;
    let name = text("Bucket").filter(|name| bucket::is_name(name)).ok_or("no name of a bucket")?;
    let owner = text("ExpectedBucketOwner").ok_or("the bucket's owner is not named")?.to_owned();
    let uri = format!("{}/{name}?{sub}", request.uri().trim_end_matches('/'));
    request.set_uri(uri)?;
    request.set_method("GET")?;
    let headers = request.headers_mut();
    for header in ["x-amz-target", "content-type", "content-length"] {
        headers.remove(header);
    }
    headers.insert("x-amz-expected-bucket-owner", owner);
    // S3 wants the digest of the body among the signed headers, also of none.
    headers.insert("x-amz-content-sha256", sha256_hex(b""));
    *request.body_mut() = SdkBody::empty();
    Ok(())
}
