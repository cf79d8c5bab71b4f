"""Permissions boundaries of users, which moto does not keep."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import User
from moto.iam.responses import IamResponse


def _shown(user: User) -> Any:
    arn = getattr(user, "permissions_boundary_arn", None)
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None


def _create_user(self: IamResponse) -> ActionResult:
    user = self.backend.create_user(
        self.region,
        user_name=self._get_param("UserName"),
        path=self._get_param("Path"),
        tags=self._get_param("Tags", []),
    )
    user.permissions_boundary_arn = self._get_param("PermissionsBoundary")
    return ActionResult({"User": user})


def _put_user_permissions_boundary(self: IamResponse) -> EmptyResult:
    user = self.backend.get_user(self._get_param("UserName"))
    user.permissions_boundary_arn = self._get_param("PermissionsBoundary")
    return EmptyResult()


def _delete_user_permissions_boundary(self: IamResponse) -> EmptyResult:
    self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = None
    return EmptyResult()


def install() -> None:
    User.permissions_boundary = property(_shown)
    IamResponse.create_user = _create_user
    IamResponse.put_user_permissions_boundary = _put_user_permissions_boundary
    IamResponse.delete_user_permissions_boundary = _delete_user_permissions_boundary
    transformers = IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER
    for operation in ("Create", "Get"):
        transformers[f"{operation}UserResponse.User.PermissionsBoundary"] = transformers[
            "GetRoleResponse.Role.PermissionsBoundary"
        ]
    transformers["ListUsersResponse.Users.User.PermissionsBoundary"] = transformers[
        "ListRolesResponse.Roles.Role.PermissionsBoundary"
    ]
