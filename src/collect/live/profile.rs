//! The credentials of a profile that the scope file names. In the SDK's usual chain those in the environment come first, also
//! when a profile is named; then a pool would be read with other credentials than we say. So this chain leaves them out.

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
#[allow(deprecated, reason = "the new name lives in a crate that is needed for nothing else")]
use aws_config::profile::profile_file::ProfileFiles;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;

/// The profile's own credentials; where it has none (it may only name a region), those of the machine's role.
#[allow(deprecated, reason = "the new name of the profile files' type lives in a crate that is needed for nothing else")]
pub(super) fn credentials(profile: &str, files: Option<ProfileFiles>, config: &SdkConfig) -> CredentialsProviderChain {
    let of = ProviderConfig::without_region().with_region(config.region().cloned());
    let mut own = ProfileFileCredentialsProvider::builder().configure(&of).profile_name(profile);
    if let Some(files) = files {
        own = own.profile_files(files);
    }
    CredentialsProviderChain::first_try("Profile", own.build())
        .or_else("WebIdentityToken", WebIdentityTokenCredentialsProvider::builder().configure(&of).build())
        .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(&of).build())
        .or_else("Ec2InstanceMetadata", ImdsCredentialsProvider::builder().configure(&of).build())
}
