"""The YAML files as typed documents: what is allowed to stand in them, and the source of their JSON Schemas."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from reconciler.desired.values import (
    AddressGlob,
    Amount,
    Base,
    Day,
    Eid,
    Iccid,
    PhoneNumber,
    Ratio,
    Text,
    Timezone,
    Whole,
)
from reconciler.model.config import Overridable, Ownership, Trigger
from reconciler.model.fleet import Activation, SimType, State


class Part(BaseModel):
    """A mapping of the files; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class OrText:
    """Lets a mapping be written as its `name` alone."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Wrap plain text into the mapping before it is validated."""

        def wrapped(value: Any) -> Any:
            return value if isinstance(value, dict | list) else {"name": value}

        return core_schema.no_info_before_validator_function(wrapped, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Allow both forms."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class DatedOption(Part):
    """An option for a time."""

    name: Text = Field(description="The option, as the operator's catalogue names it.")
    from_: Day | None = Field(None, alias="from", description="The first day it should be there.")
    until: Day | None = Field(None, description="The last day it should be there; gone by itself on the next.")


class DatedBundle(Part):
    """A bundle for a time, and the one after it."""

    name: Text = Field(description="The bundle, as the operator's catalogue names it.")
    until: Day | None = Field(None, description="The last day of this bundle.")
    then: Text | None = Field(None, description="The bundle from the next day on.")


class SimPart(Part):
    """The SIM of a service; what is not declared is the operator's business."""

    type: SimType | None = Field(None, description="esim or physical.")
    iccid: Iccid | None = Field(None, description="19 or 20 digits starting with 89.")
    eid: Eid | None = Field(None, description="32 digits; identifies the eSIM chip.")


class PortInPart(Part):
    """Where a number comes from."""

    operator: Text = Field(description="The operator that has the number now.")
    account: Text = Field(description="The account number there.")
    date: Day | None = Field(None, description="The agreed day.")


class ProfilePart(Part):
    """A bundle and options that several services share."""

    bundle: Annotated[DatedBundle, OrText()] | None = Field(None, description="The tariff plan.")
    options: list[Annotated[DatedOption, OrText()]] = Field(default_factory=list, description="Add-ons.")


class ServicePart(ProfilePart):
    """One mobile subscription of one user."""

    profile: Text | None = Field(None, description="A profile of fleet.yaml; bundle and options add to it.")
    number: PhoneNumber | None = Field(None, description="The telephone number in E.164, in quotes.")
    sim: SimPart = Field(default_factory=SimPart, description="The SIM.")
    state: State | None = Field(None, description="active or blocked; absent: the operator's business.")
    from_: Day | None = Field(None, alias="from", description="The first day of the service.")
    until: Day | None = Field(None, description="The last day of the service; removed after it.")
    cost_centre: Text | None = Field(None, description="Where it is booked; by default the user's cost centre.")
    activation: Activation | None = Field(None, description="Who finishes the activation.")
    port_in: PortInPart | None = Field(None, description="Where the number comes from.")
    reason: Text | None = Field(None, description="With until: why it ends, for a request beyond the quota.")


class UserPart(Part):
    """A user of the company; one without services has left."""

    name: Text | None = Field(None, description="For readers; the operator's name is not changed.")
    cost_centre: Text | None = Field(None, description="Where the user's services are booked.")
    reason: Text | None = Field(None, description="Why what is removed goes, for a request beyond the quota.")
    services: dict[str, ServicePart] = Field(description="The services by label; {} removes every service.")


class UsersFile(Part):
    """Users and the services each should have."""

    users: dict[str, UserPart] = Field(default_factory=dict, description="By e-mail address.")


class ProviderPart(BaseModel):
    """The connection to the operator; further keys are the provider's own."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)
    type: Text = Field(description="sandbox, tmf, file, or a provider that was installed.")


class AuthPart(Part):
    """OAuth2 client credentials; the names of environment variables, never the secrets."""

    token_url: Text | None = Field(None, description="Where tokens are given; by default /oauth2/token of the server.")
    client_id_env: Text | None = Field(None, description="Holds the client's id; by default FLEET_CLIENT_ID.")
    client_secret_env: Text | None = Field(None, description="Holds its secret; by default FLEET_CLIENT_SECRET.")
    scope: Text | None = Field(None, description="What the token is asked for, where the server wants it said.")


class TmfPart(Part):
    """A server that speaks TM Forum Open APIs."""

    type: Literal["tmf"]
    url: Text = Field(description="Where the server is, like https://api.operator.example.")
    auth: AuthPart | None = Field(None, description="Credentials, where it wants some.")
    headers: dict[str, Text] = Field(
        default_factory=dict, description="Sent with every request; a value like $API_KEY is read from the environment."
    )
    base_paths: dict[Literal["catalogue", "ordering", "inventory", "party", "agreement"], Text] = Field(
        default_factory=dict, description="Where an API is, if not at its usual path."
    )
    dialect: Literal["v4", "order-item"] = Field("v4", description="What an order calls its items.")
    timeout: Amount = Field(Decimal(30), description="Seconds a request may take.")
    page_size: Whole = Field(1000, description="How much is asked for at once.")
    concurrency: Whole = Field(8, description="Requests at once.")
    attempts: Whole = Field(4, description="How often a page is asked for before giving up; orders are sent once.")
    rate_limit: Amount | None = Field(None, description="Calls a second, of all who share the journal while ordering.")


class SandboxPart(Part):
    """The embedded operator."""

    type: Literal["sandbox"]
    path: Text | None = Field(None, description="Its file, from the fleet's folder; by default .fleet/sandbox.db.")
    rate_limit: Amount | None = Field(None, description="Calls a second, as for tmf.")


class JournalPart(Part):
    """Where applies are recorded."""

    path: Text = Field(".fleet/journal.db", description="A file within the fleet's folder.")
    url_env: Text | None = Field(None, description="The environment variable with a database's URL, instead of a file.")
    lease: Amount = Field(Decimal(60), description="Seconds a run may be silent before another may take over.")
    patience: Amount = Field(
        Decimal(30),
        description="Seconds an order may take to show at the operator. If every order shows within them, none is "
        "placed twice; beyond them that cannot be excluded without a shared journal (url_env).",
    )
    require_shared: bool = Field(
        False, description="Refuse to order while the journal is a file of this machine (no url_env)."
    )


class ExceptionPart(Part):
    """Removals beyond the quota that the operator granted."""

    reference: Text = Field(description="The account manager's.")
    removals: Whole = Field(description="How many more.")
    until: Day | None = Field(None, description="The last day it counts: the end of the period it was granted in.")


class QuotaPart(Part):
    """The removal quota, where the operator does not report it or is wrong."""

    ratio: Ratio | None = Field(None, description='The share of the contract that may be removed, like "0.30".')
    base: Base | None = Field(None, description="period-start, current, peak or a number of services.")
    exceptions: list[ExceptionPart] = Field(default_factory=list, description="What was granted on top of it.")
    used: Whole | None = Field(None, description="Removals of this period so far, where the operator reports none.")


class ContractPart(Part):
    """The mobile contract."""

    id: Text | None = Field(None, description="The contract's id at the operator.")
    contact: Text | None = Field(None, description="Whom to ask for an exception to the quota.")
    first_sim: Day | None = Field(None, description="The activation of the first SIM, where the operator reports none.")
    start: Day | None = Field(None, description="The first day of the current period, instead of first_sim.")
    end: Day | None = Field(None, description="The last day of the current period, with start.")
    quota: QuotaPart = Field(default_factory=QuotaPart, description="The removal quota (R2).")


class UserSettingsPart(Part):
    """What is done about users themselves."""

    create: bool = Field(False, description="Create declared users whom the operator does not know.")


class IgnorePart(Part):
    """Users that are nobody's business here."""

    user: Text = Field(description="A user, * for any characters.")


class ProtectPart(Part):
    """Services that are never removed."""

    service: AddressGlob = Field(description="user/label, * for any characters.")
    until: Day | None = Field(None, description="The last day of the protection.")
    reason: Text | None = Field(None, description="Why; shown where it refuses.")


class LimitsPart(Part):
    """A plan beyond these is blocked; 0 means none at all."""

    removals: Whole | None = Field(None, description="How many services one plan may remove.")
    removals_percent: Amount | None = Field(None, description="The same, as a share of the live services.")
    monthly_increase: Amount | None = Field(None, description="How much more a month one plan may cost.")


class OverridePart(Part):
    """One check lifted for a while."""

    check: Overridable = Field(description="The one check it lifts.")
    service: AddressGlob | None = Field(None, description="With protected: user/label, * for any characters.")
    until: Day = Field(description="The last day it holds.")
    reason: Text = Field(description="Why; shown in every plan it changes, and kept in the journal.")


class RulePart(Part):
    """When a plan needs the approval of a role."""

    when: Trigger = Field(description="What of the plan it looks at.")
    role: Text = Field(description="A role of approvals.roles.")
    more_than: Amount = Field(Decimal(0), description="A count, or an amount a month; needed beyond it.")


class ApprovalsPart(Part):
    """Who has to approve a plan."""

    required: Whole = Field(0, description="How many signed approvals any plan needs.")
    allowed_signers: Text | None = Field(None, description="The file of signers, within the fleet's folder.")
    roles: dict[str, list[Text]] = Field(default_factory=dict, description="Who may sign as what.")
    rules: list[RulePart] = Field(default_factory=list, description="Approvals that a kind of plan needs.")


class FleetFile(Part):
    """The settings of a fleet."""

    version: Literal[1] = Field(description="The version of this format.")
    organisation: Text = Field(description="The organisation's trading name or id at the operator.")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="The currency of prices and limits, like EUR.")
    timezone: Timezone = Field("Europe/Brussels", description="Where a day begins.")
    provider: ProviderPart = Field(description="How the operator is reached.")
    contract: ContractPart = Field(default_factory=ContractPart, description="The mobile contract.")
    ownership: Ownership = Field(
        Ownership.DECLARED_USERS,
        description="Whose services the files are the whole truth of: the declared users', or the organisation's.",
    )
    users: UserSettingsPart = Field(default_factory=UserSettingsPart, description="What is done about users.")
    ignore: list[IgnorePart] = Field(default_factory=list, description="Users left alone whatever else is said.")
    profiles: dict[str, ProfilePart] = Field(default_factory=dict, description="What several services share, by name.")
    protect: list[ProtectPart] = Field(default_factory=list, description="Services that are never removed.")
    limits: LimitsPart = Field(default_factory=LimitsPart, description="What one plan may do at most.")
    overrides: list[OverridePart] = Field(default_factory=list, description="Checks lifted for a while, one by one.")
    approvals: ApprovalsPart = Field(default_factory=ApprovalsPart, description="Who has to approve a plan.")
    journal: JournalPart = Field(default_factory=JournalPart, description="Where applies are recorded.")
