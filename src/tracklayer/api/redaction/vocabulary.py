"""The words that names of secrets are made of. Data only: `names.py` is what reads it."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: A word that ends so is a password: `PGPASSWORD`, `dbpassword`.
PASSWORDS = ("password", "passwd", "passphrase", "passcode", "pwd")
#: Codes, when they are the whole name: `pin`, but not `pin_memory` or `gpu_pin`.
CODES = _words("otp pin totp")
#: Whose `pass` is a password: `first_pass` and `forward_pass` are none.
PASS_OWNERS = _words(
    "admin broker db default email ftp http imap login mail mongo mysql pg postgres proxy rabbitmq redis root"
    " sasl smtp sql ssh sudo user"
)
SECRETS = ("secret", "credential", "jwt", "authorization")
#: A secret of these is the name of one: `image_pull_secret=regcred`.
NAMED = _words("existing from named pull")
COUNTING = _words("max min n num number")
#: Whose `token` opens something. `hub_token` and `use_auth_token` are Hugging Face's.
TOKEN_OWNERS = _words(
    "access admin anthropic api app auth aws azure azureml bearer bitbucket bot circleci civitai clearml client"
    " cloudflare codecov comet csrf dagshub databricks datadog dbx deploy device discord docker dvc entra gcp gh"
    " git github gitlab google grafana hf hub hugging huggingface influx influxdb jupyter jwt kaggle labelbox"
    " login mapbox mlflow modal motherduck neptune ngrok notebook notify npm oauth openai pat personal prefect"
    " private pypi refresh registry replicate roboflow sas secret security sentry service session slack snowflake"
    " sso swanlab telegram tracking vault wandb xsrf zenodo"
)
#: Whose `token` is a piece of text, for a model. Hidden by its look alone.
MODEL_TOKENS = _words(
    "additional assistant audio begin bos class cls decoder dummy end eos eot extra first image img keep last"
    " mask max min n new next nr num pad per pred prefix sep size special start stop suffix suppress target"
    " trigger unk video vocab word"
)
#: Whose `key` opens something.
KEY_OWNERS = _words(
    "access account ai21 alpaca anthropic api app application auth aws azure brave clarifai clearml cohere comet"
    " dashscope datadog deepgram deepseek elevenlabs encrypt encryption exa fernet fireworks gcp gemini giphy"
    " google groq hf hmac honeycomb huggingface kaggle langchain langfuse langsmith litellm llm mailgun minio"
    " mistral neptune newrelic nvidia openai openrouter perplexity pinecone private prodigy replicate roboflow sas"
    " secret sendgrid serp serpapi sign signing stripe subscription tavily together twilio voyage wandb weave xai"
)
#: Whose `key` may be one, or the key of a cache or a file: hidden where it looks random.
PERHAPS_KEYS = _words(
    "client crypt deploy function host licence license master server session shared ssh ssl storage tls"
)
#: Environment variables whose key is none, though it looks random. `GPG_KEY` is a fingerprint in Python's images:
#: https://github.com/docker-library/python
PLAIN_KEYS = _words(
    "artifact build cache dedup foreign gpg group hash idempotency index lookup object partition primary prng"
    " public rng routing row s sort"
)
#: Hidden where it looks random.
PERHAPS = _words("auth bearer cookie pat sas sig signature")
PHRASES = frozenset(
    {("access", "key", "id"), ("secret", "key", "base"), ("seed", "phrase"), ("recovery", "phrase"), ("mfa", "code")}
)
#: All that stands below these is secret: `secrets.slack`.
HOLDERS = _words("credentials passwords secrets")
#: But what is only said about it is not.
ABOUT = _words(
    "account address arn backend count dir directory email enabled endpoint env expiry file host id ids kind"
    " length level manager mode mount name namespace number path policy port prefix profile project provider ratio"
    " region scope scopes source store tenant type uri url user username version"
)
PLURALS = _words("cookies credentials jwts keys passes passwds passwords pins pwds secrets tokens")
#: Says nothing of the kind of a value: `API_KEY_PROD`, `passwordValue`.
TRAILING = _words("b base current dev live new old plain prod production raw staging str string test text v val value")
#: Words that are written without a gap.
JOINED = {
    "accesskey": ("access", "key"),
    "accesstoken": ("access", "token"),
    "accountkey": ("account", "key"),
    "apikey": ("api", "key"),
    "apikeys": ("api", "keys"),
    "apisecret": ("api", "secret"),
    "apitoken": ("api", "token"),
    "appkey": ("app", "key"),
    "authkey": ("auth", "key"),
    "authtoken": ("auth", "token"),
    "bottoken": ("bot", "token"),
    "clientsecret": ("client", "secret"),
    "hftoken": ("hf", "token"),
    "mypass": ("db", "pass"),
    "privatekey": ("private", "key"),
    "sastoken": ("sas", "token"),
    "secretkey": ("secret", "key"),
    "sessiontoken": ("session", "token"),
    "sshpass": ("ssh", "pass"),
    "dbpass": ("db", "pass"),
    "pgpass": ("pg", "pass"),
    "smtppass": ("smtp", "pass"),
}
#: The folder one is in is no password: https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html
NO_SECRET_VARIABLES = _words("GPG_KEY INIT_CWD OLDPWD PWD SSH_AUTH_SOCK")
