"""AWS's own managed policies, made when one is named.

moto either knows none of them or builds all of them for every account (5 MB of JSON parsed each time). Here the
text is parsed once, and an account gets a policy when a call names its ARN.
"""

import functools
import inspect
import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

_NAMED_IN = (
    "attach_role_policy",
    "attach_user_policy",
    "attach_group_policy",
    "get_policy",
    "get_policy_version",
    "list_policy_versions",
)


def install() -> None:
    for name in _NAMED_IN:
        setattr(IAMBackend, name, _ensuring_policy(getattr(IAMBackend, name)))


@functools.lru_cache
def _texts() -> dict[str, dict[str, Any]]:
    return json.loads(aws_managed_policies_data)


def _ensuring_policy(method: Any) -> Any:
    signature = inspect.signature(method)

    @functools.wraps(method)
    def ensured(*arguments: Any, **named: Any) -> Any:
        bound = signature.bind(*arguments, **named).arguments
        _ensure(bound["self"], bound["policy_arn"])
        return method(*arguments, **named)

    return ensured


def _ensure(backend: IAMBackend, arn: str) -> None:
    if not arn.startswith("arn:aws:iam::aws:policy/") or arn in backend.managed_policies:
        return
    name = arn.rsplit("/", 1)[-1]
    text = _texts().get(name)
    if text is None:
        return
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, text)
    if policy.arn == arn:
        backend.managed_policies[arn] = policy
        backend.aws_managed_policies.append(policy)
