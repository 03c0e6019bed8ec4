"""Column types that speak the domain: moments, enumerations, and values kept as JSON."""
# ruff: noqa: ARG002 - SQLAlchemy hands every type the dialect

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import JSON, BigInteger, Column, Dialect, Enum, Integer, TypeDecorator

from bot.story.manuscript import Provenance

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
KEY: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is called INTEGER
FACTS: Final = JSON(none_as_null=True)

_PROVENANCE: Final = TypeAdapter(Provenance)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 so that comparing and sorting are exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Count the microseconds. Raises TypeError for a naive datetime."""
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class KeptProvenance(TypeDecorator[Provenance]):
    """How a passage came to be, kept as JSON."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Provenance | None, dialect: Dialect) -> Any:
        """Return what JSON can hold."""
        return None if value is None else _PROVENANCE.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Provenance | None:
        """Build the value again."""
        return None if value is None else _PROVENANCE.validate_python(value)


def key() -> Column[int]:
    """Return a primary key that counts up."""
    return Column("id", KEY, primary_key=True, autoincrement=True)


def one_of(name: str, kind: type[StrEnum]) -> Column[Any]:
    """Return a column that holds one of the values of ``kind``, checked by the database too."""

    def values(kind: type[StrEnum]) -> list[str]:
        return [member.value for member in kind]

    spelled = Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=16,
        values_callable=values,
    )
    return Column(name, spelled, nullable=False)
