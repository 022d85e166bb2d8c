"""What a rule reports."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One breach of a rule: the file or node it is in, the rule's name, and what to change."""

    place: str
    rule: str
    message: str

    def __str__(self) -> str:
        """One line, as the lint prints it."""
        return f"{self.place}: {self.rule}: {self.message}"
