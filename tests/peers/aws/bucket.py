#!/usr/bin/env python3
"""Sets how long the seeded trail is kept, in moto and by ordinary boto3 calls.

  bucket.py ENDPOINT GROUP_DAYS none | DAYS [MODE]

The log group keeps GROUP_DAYS; the bucket has no lifecycle, or deletes after DAYS what the trail writes. With MODE old
versions are kept, and locked for a year in that mode; else versioning is suspended (of a bucket that never had it moto
answers with an element that S3 does not have). A second rule has a tag that no evidence may hold.
"""
import boto3, sys

endpoint, group, days, *mode = sys.argv[1:]
kw = dict(region_name="us-east-1", endpoint_url=endpoint, aws_access_key_id="testing", aws_secret_access_key="testing")
boto3.client("logs", **kw).put_retention_policy(logGroupName="peer-trail", retentionInDays=int(group))
s3 = boto3.client("s3", **kw)
if days == "none":
    s3.delete_bucket_lifecycle(Bucket="peer-trail")
else:
    s3.put_bucket_lifecycle_configuration(Bucket="peer-trail", LifecycleConfiguration={"Rules": [
        {"ID": "trail", "Status": "Enabled", "Filter": {"Prefix": "AWSLogs/"}, "Expiration": {"Days": int(days)},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        {"ID": "tagged", "Status": "Enabled", "Expiration": {"Days": 7},
         "Filter": {"And": {"Prefix": "access/", "Tags": [{"Key": "k", "Value": "peer-secret-tag"}]}}}]})
s3.put_bucket_versioning(Bucket="peer-trail", VersioningConfiguration={"Status": "Enabled" if mode else "Suspended"})
if mode:
    s3.put_object_lock_configuration(Bucket="peer-trail", ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode[0], "Days": 365}}})
