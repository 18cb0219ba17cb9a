"""The shapes that keys have by themselves, whatever they are called. Data only: `keys.py` is what looks for them.

* Those of detect-secrets (https://github.com/Yelp/detect-secrets) are taken from it; the rest is what it lacks.
* All begin with something that is found quickly, and none is searched for in the middle of a word.
* Its detectors of entropy and of keywords are not used. Of the 1,450 values in `tests/api/redaction/`, none of them a
  secret, they take 12 (commits, ids of runs) and 9 (`secret_ratio`, `password_length`) for secrets. Those of Twilio and
  Discord are not either: the first finds ids, the second needs a look at each letter.
* Nothing is verified: detect-secrets' `verify` is never called, and nothing is sent.
"""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """A key that begins with `start`. `rest` is what follows; a detector's own expressions take its place."""

    what: str
    start: str
    rest: str = ""
    detector: str = ""  #: `module.Class` in detect_secrets.plugins


#: `rest` is often longer than the page says: providers lengthen their keys, and shorten them seldom.
SHAPES = (
    # https://github.com/Yelp/detect-secrets/tree/v1.5.0/detect_secrets/plugins
    Shape("an AWS access key", "A(?:KIA|SIA|BIA|CCA|3T)", detector="aws.AWSKeyDetector"),
    Shape("a GitHub token", "gh[opusr]_", detector="github_token.GitHubTokenDetector"),
    Shape(
        "a GitLab token",
        "(?:gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|GR1348941)",
        detector="gitlab_token.GitLabTokenDetector",
    ),
    Shape("an OpenAI key", "sk-", detector="openai.OpenAIDetector"),
    Shape("a PyPI token", "pypi-AgE", detector="pypi_token.PypiTokenDetector"),
    Shape("a SendGrid key", r"SG\.", detector="sendgrid.SendGridDetector"),
    Shape("a Slack token", "xox[abposr]-", detector="slack.SlackDetector"),
    Shape("a Slack webhook", r"https://hooks\.slack\.com/services/", detector="slack.SlackDetector"),
    Shape("a Square secret", "sq0csp-", detector="square_oauth.SquareOAuthDetector"),
    Shape("a Stripe key", "[rs]k_live_", detector="stripe.StripeDetector"),
    # https://huggingface.co/docs/hub/security-tokens
    Shape("a Hugging Face token", "(?:hf|api_org)_", "[A-Za-z0-9]{30,}"),
    # https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    Shape("a GitHub token", "github_pat_", r"\w{22,}"),
    # https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml: OpenAI, Anthropic and those who follow them
    Shape("an API key", "sk-", r"(?:ant|or|proj|svcacct|admin|lf|None)-[\w-]{16,}|[A-Za-z0-9]{20,}(?![\w-])"),
    # https://docs.databricks.com/en/dev-tools/auth/pat.html; https://learn.microsoft.com/azure/databricks
    Shape("a Databricks token", "(?:dapi|dose)", r"[0-9a-f]{32}(?:-\d)?"),
    # https://cloud.google.com/docs/authentication/api-keys; https://cloud.google.com/docs/authentication/token-types
    Shape("a Google API key", "AIza", r"[\w-]{35}"),
    Shape("a Google OAuth token", r"ya29\.", r"[\w.-]{20,}"),
    Shape("a Google refresh token", "1//0", r"[\w-]{30,}"),
    Shape("a Google client secret", "GOCSPX-", r"[\w-]{20,}"),
    # https://api.slack.com/concepts/token-types
    Shape("a Slack token", r"(?:xox[a-z]-|xoxe[.-]|xapp-)", r"[\w.%-]{20,}"),
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html: how session tokens begin
    Shape("an AWS session token", "(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)", "[A-Za-z0-9+/=]{100,}"),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
    Shape("an AWS Bedrock key", "ABSK", "[A-Za-z0-9+/]{100,}={0,2}"),
    # https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair
    Shape("an Alibaba Cloud access key", "LTAI", "[A-Za-z0-9]{12,26}"),
    # https://docs.wandb.ai/support/find_api_key; an old key is 40 hexadecimal digits, and hidden by its name alone
    Shape("a W&B key", "wandb_v1_", r"\w{30,}"),
    # https://docs.neptune.ai/api_token: base 64 of {"api_address": ...
    Shape("a Neptune token", "eyJ", "hcGlfYWRkcmVzcyI6[A-Za-z0-9+/=_-]{20,}"),
    # https://www.rfc-editor.org/rfc/rfc7519 (JWT), https://www.rfc-editor.org/rfc/rfc7516 (JWE: five parts)
    Shape("a JWT", "eyJ", r"[\w-]{8,}=*\.[\w-]{8,}=*(?:\.[\w=-]*){0,3}"),
    # https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig: base 64 of a PEM, but not of
    # a certificate or a public key
    Shape("a private key", "LS0tLS1CRUdJTi", "(?!BDRVJU|BQVUJM)[A-Za-z0-9+/=]{40,}"),
    # https://discord.com/developers/docs/resources/webhook; https://core.telegram.org/bots/api#authorizing-your-bot
    Shape("a Discord webhook", r"https://discord(?:app)?\.com/api/webhooks/", r"\d+/[\w-]{20,}"),
    Shape("a Telegram bot's token", r"https://api\.telegram\.org/bot", r"\d+:[\w-]{20,}"),
    # https://docs.npmjs.com/about-access-tokens; https://docs.docker.com/security/for-developers/access-tokens
    Shape("an npm token", "npm_", "[A-Za-z0-9]{30,}"),
    Shape("a Docker token", "dckr_[po]at_", r"[\w-]{20,}"),
    # https://developer.hashicorp.com/vault/docs/concepts/tokens
    Shape("a Vault token", r"hv[sbr]\.", r"[\w-]{20,}"),
    # https://build.nvidia.com, https://console.groq.com/keys, https://replicate.com/account/api-tokens, and so on: all
    # as https://github.com/gitleaks/gitleaks and https://github.com/trufflesecurity/trufflehog have them
    Shape("an NVIDIA key", "nvapi-", r"[\w-]{30,}"),
    Shape("a Groq key", "gsk_", "[A-Za-z0-9]{30,}"),
    Shape("a Replicate token", "r8_", "[A-Za-z0-9]{30,}"),
    Shape("a Perplexity key", "pplx-", "[A-Za-z0-9]{30,}"),
    Shape("an xAI key", "xai-", "[A-Za-z0-9]{40,}"),
    Shape("a LangSmith key", "lsv2_(?:pt|sk)_", r"\w{30,}"),
    Shape("a Pinecone key", "pcsk_", r"\w{30,}"),
    Shape("a Together key", "tgp_v1_", r"[\w-]{30,}"),
    Shape("an Artifactory key", "AKCp", "[A-Za-z0-9]{50,}"),
    Shape("a DigitalOcean token", "do[opr]_v1_", "[0-9a-f]{40,}"),
    Shape("an Atlassian token", "AT[AC]TT3", r"[\w=+/-]{40,}"),
    Shape("a Grafana token", "glsa_", r"\w{30,}"),
    Shape("a Sentry token", "sntry[su]_", r"[\w+/=]{30,}"),
    Shape("a Shopify token", "shp(?:at|ca|pa|ss)_", "[0-9a-fA-F]{32}"),
    Shape("an age key", "AGE-SECRET-KEY-1", "[0-9A-Z]{40,}"),
    Shape("a Tailscale key", "tskey-", r"[\w-]{20,}"),
    Shape("a Postman key", "PMAK-", "[0-9a-f-]{40,}"),
)
