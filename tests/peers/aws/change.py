#!/usr/bin/env python3
"""What the cases of enforce and onboard need of moto: a pool, a user's TOTP, and the settings as they stand.

  change.py ENDPOINT pool | totp POOL USER | mode POOL | settings POOL

The pool is made without a mode: moto's DescribeUserPool follows SetUserPoolMfaConfig only then.
"""
import boto3, json, sys

c = boto3.client("cognito-idp", region_name="us-east-1", endpoint_url=sys.argv[1])
what, rest = sys.argv[2], sys.argv[3:]
if what == "pool":
    pool = c.create_user_pool(PoolName="change")["UserPool"]["Id"]
    c.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True},
        SmsMfaConfiguration={"SmsAuthenticationMessage": "hidden text {####}", "SmsConfiguration": {
            "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "hidden-external-id", "SnsRegion": "us-east-1"}})
    for user in ("ann", "new", "late"):
        c.admin_create_user(UserPoolId=pool, Username=user, UserAttributes=[{"Name": "email", "Value": user + "@example.com"}])
    print(pool)
elif what == "totp":
    pool, user = rest
    c.admin_set_user_password(UserPoolId=pool, Username=user, Password="Passw0rd!x", Permanent=True)
    client = c.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    answer = c.admin_initiate_auth(UserPoolId=pool, ClientId=client["UserPoolClient"]["ClientId"], AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                                   AuthParameters={"USERNAME": user, "PASSWORD": "Passw0rd!x"})
    token = answer.get("AuthenticationResult", {}).get("AccessToken")
    by = {"AccessToken": token} if token else {"Session": answer["Session"]}
    c.associate_software_token(**by)
    c.verify_software_token(UserCode="123456", **by)
    c.admin_set_user_mfa_preference(UserPoolId=pool, Username=user, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
else:
    settings = c.get_user_pool_mfa_config(UserPoolId=rest[0])
    settings.pop("ResponseMetadata")
    mode = settings.pop("MfaConfiguration")
    print(mode if what == "mode" else json.dumps(settings, sort_keys=True))
