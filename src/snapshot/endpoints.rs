//! Which hosts are AWS's own.

/// Whether an origin is AWS's own endpoint of a service in a region (AWS General Reference, service endpoints): the exact
/// names only, since other hosts below amazonaws.com (buckets, API gateways) belong to anybody.
pub fn is_aws(service: &str, region: &str, origin: &str) -> bool {
    let Some(host) = origin.strip_prefix("https://").map(|h| h.strip_suffix(":443").unwrap_or(h)) else { return false };
    let regional = ["amazonaws.com", "amazonaws.com.cn", "api.aws", "api.amazonwebservices.com.cn"];
    let named = |name: &str| regional.iter().any(|domain| host == format!("{name}.{region}.{domain}"));
    let dual = |name: &str| service == "s3" && regional[..2].iter().any(|domain| host == format!("{name}.dualstack.{region}.{domain}"));
    named(service)
        || named(&format!("{service}-fips"))
        || dual("s3")
        || dual("s3-fips")
        || (service == "sts" && host == "sts.amazonaws.com")
}

#[cfg(test)]
mod tests {
    use super::is_aws;

    #[test]
    fn only_the_exact_endpoints_are_aws() {
        for (origin, ours) in [
            ("https://cognito-idp.eu-west-1.amazonaws.com", true),
            ("https://cognito-idp.eu-west-1.amazonaws.com:443", true),
            ("https://cognito-idp-fips.eu-west-1.amazonaws.com", true),
            ("https://cognito-idp.eu-west-1.api.aws", true),
            ("http://cognito-idp.eu-west-1.amazonaws.com", false),
            ("https://bucket.s3.eu-west-1.amazonaws.com", false),
            ("https://abc.execute-api.eu-west-1.amazonaws.com", false),
            ("https://cognito-idp.eu-west-1.amazonaws.com.example.net", false),
            ("https://cognito-idp.us-east-1.amazonaws.com", false),
            ("http://127.0.0.1:5056", false),
        ] {
            assert_eq!(is_aws("cognito-idp", "eu-west-1", origin), ours, "{origin}");
        }
        for (origin, ours) in [
            ("https://s3.eu-west-1.amazonaws.com", true),
            ("https://s3.dualstack.eu-west-1.amazonaws.com", true),
            ("https://s3-fips.dualstack.eu-west-1.amazonaws.com", true),
            ("https://logs.s3.eu-west-1.amazonaws.com", false),
            ("https://s3.dualstack.us-east-1.amazonaws.com", false),
        ] {
            assert_eq!(is_aws("s3", "eu-west-1", origin), ours, "{origin}");
        }
        assert!(is_aws("sts", "us-east-1", "https://sts.amazonaws.com"));
    }
}
