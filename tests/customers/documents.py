"""The documents that the tests of customers send."""

from __future__ import annotations

from typing import Any

from tests.conftest import Ask

FIELDS = """
  id kind displayName givenName familyName jobTitle organization dateOfBirth gender locale timeZone referenceId
  emails { id address normalized label primary } phones { id number raw valid label primary }
  addresses { id street houseNumber extra postalCode city region countryCode label primary }
  bankAccounts { id iban holder bic masked primary } socialAccounts { id provider handle url verified }
  tags lastSeenAt createdAt updatedAt trashedAt version
"""
ERRORS = "errors { code path } warnings { code path }"
CREATE = f"""mutation($input: CustomerCreateInput!) {{
  customerCreate(input: $input) {{ customer {{ {FIELDS} }} applied replayed {ERRORS} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: CustomerUpdateInput!) {{
  customerUpdate(id: $id, input: $input) {{ customer {{ {FIELDS} }} change {{ version paths {{ path before after }} }}
    applied rebased replayed conflicts {{ path original theirs yours by {{ name }} at }} {ERRORS} }} }}"""
UPSERT = f"""mutation($input: CustomersUpsertInput!) {{
  customersUpsert(input: $input) {{ results {{ index outcome replayed customer {{ id givenName version }} {ERRORS} }}
    applied replayed errors {{ code path }} }} }}"""
DELETE = """mutation($input: CustomerDeleteInput!) {
  customerDelete(input: $input) { results { index id ok errors { code } } deleted applied replayed errors { code path } } }"""
RESTORE = """mutation($input: CustomerRestoreInput!) {
  customerRestore(input: $input) { results { index id ok errors { code } } restored applied replayed errors { code } } }"""
REVERT = f"""mutation($id: ID!, $input: CustomerRevertInput!) {{
  customerRevert(id: $id, input: $input) {{ customer {{ {FIELDS} }} change {{ version action }} applied
    conflicts {{ path original theirs yours }} {ERRORS} }} }}"""
CUSTOMER = f"query($id: ID!) {{ customer(id: $id) {{ {FIELDS} }} }}"


def without_ids(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return items of a list without their drawn ids."""
    return [{name: value for name, value in item.items() if name != "id"} for item in items]


class Customers:
    """Sends the mutations of customers and returns their payloads."""

    def __init__(self, data: Ask, as_: str = "owner") -> None:
        """Send as somebody."""
        self._data, self._as = data, as_

    async def create(self, **fields: Any) -> dict[str, Any]:
        """Create; fields in camelCase."""
        return (await self._data(CREATE, {"input": fields}, as_=self._as))["customerCreate"]

    async def made(self, **fields: Any) -> dict[str, Any]:
        """Create and return the customer."""
        payload = await self.create(**fields)
        assert payload["errors"] == []
        return payload["customer"]

    async def update(self, id: str, **change: Any) -> dict[str, Any]:  # noqa: A002
        """Update."""
        return (await self._data(UPDATE, {"id": id, "input": change}, as_=self._as))["customerUpdate"]

    async def upsert(self, *items: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Upsert."""
        return (await self._data(UPSERT, {"input": {"items": items, **options}}, as_=self._as))["customersUpsert"]

    async def delete(self, *ids: str, **options: Any) -> dict[str, Any]:
        """Move to the trash."""
        return (await self._data(DELETE, {"input": {"ids": ids, **options}}, as_=self._as))["customerDelete"]

    async def restore(self, *ids: str) -> dict[str, Any]:
        """Take out of the trash."""
        return (await self._data(RESTORE, {"input": {"ids": ids}}, as_=self._as))["customerRestore"]

    async def revert(self, id: str, version: int, **options: Any) -> dict[str, Any]:  # noqa: A002
        """Take a save back."""
        variables = {"id": id, "input": {"version": version, **options}}
        return (await self._data(REVERT, variables, as_=self._as))["customerRevert"]

    async def get(self, id: str) -> dict[str, Any]:  # noqa: A002
        """Return a customer."""
        return (await self._data(CUSTOMER, {"id": id}, as_=self._as))["customer"]
