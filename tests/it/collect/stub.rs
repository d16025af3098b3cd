//! An endpoint of our own: HTTP/1.1 over loopback, as much of Cognito, SNS and STS as the collector asks, and every way
//! in which a service misbehaves. No AWS, no second program.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub operation: String,
    pub input: Value,
    pub region: String,
    pub user_agent: String,
    /// How often this operation with this input was asked, this time included.
    pub time: usize,
}

/// What is sent back.
pub enum Reply {
    Json(u16, Value),
    Body(u16, &'static str, String),
    /// As S3 answers for a bucket of another region.
    Moved(&'static str),
    /// The headers promise more than comes.
    CutOff,
    /// Nothing comes, ever.
    Hang,
    /// The connection closes.
    Close,
}

pub fn error(status: u16, code: &str) -> Reply {
    Reply::Json(status, json!({"__type": code, "message": "a message with ann@example.com in it"}))
}

pub fn sns_error(status: u16, code: &str) -> Reply {
    Reply::Body(
        status,
        "text/xml",
        format!("<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>secret</Message></Error></ErrorResponse>"),
    )
}

pub type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

#[derive(Clone)]
pub struct Stub {
    pub endpoint: String,
    /// Every request, in order of arrival, and whatever else a test writes into it.
    pub log: Arc<Mutex<Vec<String>>>,
    pub requests: Arc<Mutex<Vec<Request>>>,
    /// `X-Amz-Target` of every JSON request, or path and query, and the service that it is signed for.
    pub signed: Arc<Mutex<Vec<(String, String)>>>,
}

impl Stub {
    pub fn new(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stub = Self {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            log: Arc::default(),
            requests: Arc::default(),
            signed: Arc::default(),
        };
        let (served, answer): (Self, Arc<Answer>) = (stub.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (served, answer) = (served.clone(), answer.clone());
                thread::spawn(move || served.serve(stream, &*answer));
            }
        });
        stub
    }

    /// How often an operation was asked.
    pub fn asked(&self, operation: &str) -> usize {
        self.requests.lock().unwrap().iter().filter(|r| r.operation == operation).count()
    }

    fn serve(&self, stream: TcpStream, answer: &Answer) {
        let mut input = BufReader::new(stream.try_clone().unwrap());
        let mut output = stream;
        loop {
            let Some((line, headers, body)) = read(&mut input) else { return };
            let request = self.note(&line, &headers, &body);
            match answer(&request) {
                Reply::Json(status, value) => send(&mut output, status, "application/x-amz-json-1.1", value.to_string().as_bytes(), 0),
                Reply::Body(status, kind, text) => send(&mut output, status, kind, text.as_bytes(), 0),
                Reply::Moved(region) => {
                    let body = "<Error><Code>PermanentRedirect</Code><Message>secret</Message><Endpoint>secret</Endpoint></Error>";
                    send(&mut output, 301, &format!("application/xml\r\nx-amz-bucket-region: {region}"), body.as_bytes(), 0);
                }
                Reply::CutOff => {
                    send(&mut output, 200, "application/x-amz-json-1.1", b"{\"Users\": [", 100);
                    return;
                }
                Reply::Hang => thread::sleep(Duration::from_secs(3600)),
                Reply::Close => return,
            }
        }
    }

    fn note(&self, line: &str, headers: &BTreeMap<String, String>, body: &[u8]) -> Request {
        let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
        let target = header("x-amz-target");
        let asked = line.strip_prefix("GET /").and_then(|rest| rest.split_once(' ')).map(|(path, _)| path.to_owned());
        let (operation, input) = if let Some((bucket, sub)) = asked.as_deref().and_then(|path| path.split_once('?')) {
            let operation = match sub {
                "lifecycle" => "GetBucketLifecycleConfiguration",
                "object-lock" => "GetObjectLockConfiguration",
                "versioning" => "GetBucketVersioning",
                other => panic!("the collector asked {other}"),
            };
            assert!(body.is_empty() && target.is_empty(), "{line}");
            (operation.to_owned(), json!({"Bucket": bucket, "Owner": header("x-amz-expected-bucket-owner")}))
        } else if target.is_empty() {
            let form = String::from_utf8(body.to_vec()).unwrap();
            let mut fields: BTreeMap<String, String> =
                form.split('&').filter_map(|f| f.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            let action = fields.remove("Action").unwrap_or_default();
            fields.remove("Version");
            (action, json!(fields))
        } else {
            (target.rsplit('.').next().unwrap().to_owned(), serde_json::from_slice(body).unwrap())
        };
        let scope = header("authorization");
        if asked.is_some() {
            // The empty body's digest, signed with the rest (S3 user guide, "Authenticating Requests").
            assert_eq!(header("x-amz-content-sha256"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
            assert!(scope.contains("host;x-amz-content-sha256;x-amz-date;x-amz-expected-bucket-owner"), "{scope}");
        }
        let mut scope = scope.split('/').skip(2).map(str::to_owned);
        let (region, service) = (scope.next().unwrap_or_default(), scope.next().unwrap_or_default());
        self.signed.lock().unwrap().push((asked.unwrap_or(target), service));
        let mut requests = self.requests.lock().unwrap();
        let time = requests.iter().filter(|r| r.operation == operation && r.input == input && r.region == region).count() + 1;
        let request = Request { operation, input, region, user_agent: header("user-agent") + &header("x-amz-user-agent"), time };
        requests.push(request.clone());
        self.log.lock().unwrap().push(request.operation.clone());
        request
    }
}

fn read(input: &mut impl BufRead) -> Option<(String, BTreeMap<String, String>, Vec<u8>)> {
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    if input.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let first = line.clone();
    loop {
        line.clear();
        input.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0)];
    input.read_exact(&mut body).ok()?;
    Some((first, headers, body))
}

fn send(output: &mut TcpStream, status: u16, kind: &str, body: &[u8], promised: usize) {
    let length = body.len() + promised;
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nx-amzn-RequestId: req-{status}\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\n\r\n"
    );
    // At once: two small writes would wait 40 ms for each other (Nagle's algorithm against delayed acknowledgements).
    let _ = output.write_all(&[head.as_bytes(), body].concat());
}

/// The pool that the well-behaved world has.
pub const POOL: &str = "us-east-1_Example01";
/// Users of a page.
const PAGE: usize = 3;

/// A user of the world: `ann7`, with secrets around.
fn user(n: usize) -> Value {
    json!({
        "Username": format!("ann{n}"), "Enabled": n % 10 != 9, "UserStatus": if n % 10 == 8 { "EXTERNAL_PROVIDER" } else { "CONFIRMED" },
        "UserCreateDate": 1.7e9, "UserLastModifiedDate": 1.7e9,
        "Attributes": [
            {"Name": "sub", "Value": format!("sub-{n}")}, {"Name": "email", "Value": format!("ann{n}@example.com")},
            {"Name": "custom:note", "Value": "hunter2"},
        ],
    })
}

/// How many of so many users can sign in and are local.
pub fn readable(users: usize) -> usize {
    (0..users).filter(|n| n % 10 < 8).count()
}

/// So many days ago, epoch seconds.
pub fn ago(days: u32) -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64() - f64::from(days) * 86_400.0
}

/// A sign-in event, with everything around it that must not be kept.
pub fn event(kind: &str, response: &str, days: u32) -> Value {
    json!({
        "EventId": "4f1d-secret", "EventType": kind, "EventResponse": response, "CreationDate": ago(days),
        "EventRisk": {"RiskDecision": "NoRisk", "RiskLevel": "Low"}, "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Success"}],
        "EventContextData": {"IpAddress": "198.51.100.23", "DeviceName": "ann1's phone", "Timezone": "-08:00", "City": "Atlantis", "Country": "Oz"},
        "EventFeedback": {"FeedbackValue": "Valid", "Provider": "ann1@example.com"},
    })
}

/// A world in which everything answers: one pool with so many users.
pub fn world(users: usize) -> impl Fn(&Request) -> Reply + Send + Sync + Clone + 'static {
    move |request| {
        let xml = |inner: &str| {
            let operation = &request.operation;
            Reply::Body(
                200,
                "text/xml",
                format!("<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"),
            )
        };
        let ok = |value: Value| Reply::Json(200, value);
        match request.operation.as_str() {
            "GetCallerIdentity" => {
                xml("<Arn>arn:aws:iam::123456789012:user/auditor</Arn><UserId>AIDASECRET</UserId><Account>123456789012</Account>")
            }
            "ListUserPools" => ok(json!({"UserPools": [{"Id": POOL, "Name": "prod"}]})),
            "DescribeUserPool" if request.input["UserPoolId"] != POOL => error(400, "ResourceNotFoundException"),
            "DescribeUserPool" => ok(json!({"UserPool": {
                "Id": POOL, "Name": "prod", "MfaConfiguration": "ON", "EstimatedNumberOfUsers": users, "DeviceConfiguration": {},
                "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "4f1d-secret", "SnsRegion": "us-west-2"},
            }})),
            "GetUserPoolMfaConfig" => ok(json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}})),
            "ListUserPoolClients" => ok(json!({"UserPoolClients": [{"ClientId": "web", "ClientName": "web", "UserPoolId": POOL}]})),
            "DescribeUserPoolClient" => ok(json!({"UserPoolClient": {"ClientId": "web", "ClientSecret": "hunter2"}})),
            "ListGroups" => match request.input.get("NextToken") {
                None => ok(json!({"Groups": [{"GroupName": "admins"}], "NextToken": "groups-2"})),
                Some(_) => ok(json!({"Groups": []})),
            },
            "ListUsersInGroup" => ok(json!({"Users": [user(0)]})),
            "ListIdentityProviders" => ok(json!({"Providers": []})),
            "DescribeRiskConfiguration" => ok(json!({"RiskConfiguration": {"UserPoolId": POOL}})),
            "GetLogDeliveryConfiguration" => ok(json!({"LogDeliveryConfiguration": {"UserPoolId": POOL, "LogConfigurations": []}})),
            "ListUsers" => {
                let token = request.input.get("PaginationToken").and_then(Value::as_str);
                let from = token.map_or(0, |t| t.trim_start_matches("secret-token-").parse().unwrap());
                let to = (from + PAGE).min(users);
                let listed: Vec<Value> = (from..to).map(user).collect();
                let mut page = json!({"Users": listed});
                if to < users {
                    page["PaginationToken"] = json!(format!("secret-token-{to}"));
                }
                ok(page)
            }
            "AdminGetUserAuthFactors" | "AdminGetUser" => ok(
                json!({"Username": request.input["Username"], "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"], "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
                    "UserStatus": "CONFIRMED", "Enabled": true}),
            ),
            "AdminListUserAuthEvents" => ok(json!({"AuthEvents": [event("SignIn", "Pass", 3)], "NextToken": "secret-events-2"})),
            "AdminListDevices" => ok(json!({"Devices": [{
                "DeviceKey": "us-east-1_4f1d-secret", "DeviceAttributes": [{"Name": "last_ip_used", "Value": "198.51.100.23"}],
                "DeviceCreateDate": 1.7e9, "DeviceLastModifiedDate": 1.7e9, "DeviceLastAuthenticatedDate": ago(2),
            }]})),
            "GetSMSSandboxAccountStatus" => xml("<IsInSandbox>false</IsInSandbox>"),
            "GetSMSAttributes" => xml("<attributes><entry><key>DefaultSMSType</key><value>Transactional</value></entry></attributes>"),
            "ListSMSSandboxPhoneNumbers" | "ListOriginationNumbers" => xml("<PhoneNumbers/>"),
            "ListPhoneNumbersOptedOut" => xml("<phoneNumbers><member>+12065550100</member></phoneNumbers>"),
            other => panic!("the collector asked {other}"),
        }
    }
}
