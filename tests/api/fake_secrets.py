"""Secrets of the right shape that open nothing, put together when the tests run: no scanner takes them for real."""

from __future__ import annotations

import base64
import random
import string

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + "234567"


def made(alphabet: str, length: int, seed: int = 1) -> str:
    """Random text, always the same."""
    return "".join(random.Random(f"{alphabet}{length}{seed}").choices(alphabet, k=length))  # noqa: S311 -- opens nothing


def part(text: str) -> str:
    """A segment of a JSON web token."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


JWT = ".".join([part('{"alg":"HS256","typ":"JWT"}'), part('{"sub":"1234567890","name":"me"}'), made(ALNUM + "-_", 43)])
PEM = "\n".join(
    [
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        *(made(ALNUM + "+/", 64, seed) for seed in range(12)),
        "-----END " + "RSA PRIVATE KEY-----",
    ]
)
AZURE = base64.b64encode(made(ALNUM, 64).encode()).decode()

#: Found by their shape, wherever they stand.
SHAPED = {
    "aws": "AK" + "IA" + made(UPPER, 16),
    "aws temporary": "AS" + "IA" + made(UPPER, 16),
    "aws session": "IQoJb3JpZ2lu" + made(ALNUM + "+/", 400) + "==",
    "bedrock": "AB" + "SK" + made(ALNUM, 120),
    "alibaba": "LT" + "AI" + made(ALNUM, 20),
    "github": "gh" + "p_" + made(ALNUM, 36),
    "github server": "gh" + "s_" + made(ALNUM, 36),
    "github fine-grained": "github" + "_pat_" + made(ALNUM, 22) + "_" + made(ALNUM, 59),
    "gitlab": "gl" + "pat-" + made(ALNUM, 20),
    "hugging face": "h" + "f_" + made(string.ascii_letters, 34),
    "hugging face org": "api" + "_org_" + made(string.ascii_letters, 34),
    "openai": "sk" + "-" + made(ALNUM, 20) + "T3Blbk" + "FJ" + made(ALNUM, 20),
    "openai project": "sk" + "-proj-" + made(ALNUM + "_-", 74) + "T3Blbk" + "FJ" + made(ALNUM, 60),
    "deepseek": "sk" + "-" + made(HEX, 32),
    "anthropic": "sk" + "-ant-api03-" + made(ALNUM + "_-", 93) + "AA",
    "openrouter": "sk" + "-or-v1-" + made(HEX, 64),
    "databricks": "da" + "pi" + made(HEX, 32),
    "databricks azure": "da" + "pi" + made(HEX, 32) + "-2",
    "google": "AI" + "za" + made(ALNUM + "_-", 35),
    "google oauth": "ya" + "29." + made(ALNUM + "_-", 120),
    "google refresh": "1/" + "/0" + made(ALNUM + "_-", 60),
    "google client": "GOC" + "SPX-" + made(ALNUM, 28),
    "slack": "xo" + "xb-" + made(string.digits, 12) + "-" + made(string.digits, 12) + "-" + made(ALNUM, 24),
    "slack app": "xa" + "pp-1-" + made(UPPER, 11) + "-" + made(string.digits, 13) + "-" + made(HEX, 64),
    "slack webhook": "/".join(
        ["https:", "", "hooks.slack.com", "services", "T" + made(UPPER, 8), "B" + made(UPPER, 8), made(ALNUM, 24)]
    ),
    "discord webhook": "https://disc" + "ord.com/api/webhooks/" + made(string.digits, 18) + "/" + made(ALNUM, 68),
    "telegram": "https://api.tele" + "gram.org/bot" + made(string.digits, 10) + ":AA" + made(ALNUM, 33),
    "pypi": "py" + "pi-AgEIcHlwaS5vcmc" + made(ALNUM, 150),
    "npm": "np" + "m_" + made(ALNUM, 36),
    "docker": "dckr" + "_pat_" + made(ALNUM + "-", 27),
    "sendgrid": "S" + "G." + made(ALNUM, 22) + "." + made(ALNUM, 43),
    "stripe": "sk" + "_live_" + made(ALNUM, 24),
    "square": "sq0" + "csp-" + made(ALNUM, 43),
    "vault": "hv" + "s." + made(ALNUM, 90),
    "nvidia": "nv" + "api-" + made(ALNUM + "_-", 64),
    "groq": "gs" + "k_" + made(ALNUM, 52),
    "replicate": "r" + "8_" + made(ALNUM, 37),
    "perplexity": "pp" + "lx-" + made(ALNUM, 48),
    "xai": "xa" + "i-" + made(ALNUM, 80),
    "langsmith": "lsv2" + "_pt_" + made(HEX, 32) + "_" + made(HEX, 10),
    "pinecone": "pc" + "sk_" + made(ALNUM, 70),
    "together": "tgp" + "_v1_" + made(ALNUM, 43),
    "wandb": "wandb" + "_v1_" + made(ALNUM, 70),
    "neptune": part('{"api_address":"https://app.neptune.ai","api_key":"f81d4fae"}'),
    "artifactory": "AK" + "Cp" + made(ALNUM, 69),
    "digitalocean": "dop" + "_v1_" + made(HEX, 64),
    "atlassian": "ATA" + "TT3" + made(ALNUM, 180),
    "grafana": "gl" + "sa_" + made(ALNUM, 32) + "_" + made(HEX, 8),
    "sentry": "sntr" + "ys_" + made(ALNUM, 120),
    "shopify": "shp" + "at_" + made(HEX, 32),
    "age": "AGE-SECRET" + "-KEY-1" + made(UPPER, 58),
    "tailscale": "ts" + "key-auth-" + made(ALNUM, 30),
    "postman": "PM" + "AK-" + made(HEX, 24) + "-" + made(HEX, 34),
    "jwt": JWT,
    "pem": PEM,
    "kubeconfig": base64.b64encode(PEM.encode()).decode(),
}

#: Nothing but their names gives these away.
PLAIN = {
    "hex": made(HEX, 40),
    "base64": made(ALNUM + "+/", 40),
    "alnum": made(ALNUM, 25),
    "uuid": "-".join(made(HEX, length) for length in (8, 4, 4, 4, 12)),
    "made up": "correct" + "horse",
    "short": "hunt" + "er2",
    "odd": "p@ss" + "w,rd;1!",
}
#: The names under which any of these is hidden.
NAMES = (
    *("password", "db.password", "passwd", "PGPASSWORD", "MYSQL_PWD", "smtp_pass", "passphrase", "user.password.2"),
    *(
        "token",
        "HF_TOKEN",
        "hub_token",
        "push_to_hub_token",
        "use_auth_token",
        "github-token",
        "authToken",
        "trainer.hubToken",
    ),
    *(
        "apiKey",
        "api_key",
        "API_KEY_PROD",
        "OPENAI_API_KEY",
        "wandb.key",
        "WANDB_API_KEY",
        "x-api-key",
        "APIKey",
        "apikey",
    ),
    *(
        "aws_secret_access_key",
        "AWS_SESSION_TOKEN",
        "aws_access_key_id",
        "AccountKey",
        "SharedAccessKey",
        "storageAccountKey",
    ),
    *("client_secret", "secret", "secrets.slack", "SECRET_KEY", "private_key", "encryption_key", "credentials", "jwt"),
    *("Authorization", "NEPTUNE_API_TOKEN", "COMET_API_KEY", "AZUREML_RUN_TOKEN", "DATABRICKS_TOKEN", "logger/api_key"),
)
