"""The command line speaks French: help, usage and defaults included."""

from collections.abc import Callable
from typing import Any

import click


class Commande(click.Command):
    """A command whose help is in French."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The help option, described in French."""
        return _in_french(super().get_help_option(ctx))


class Groupe(click.Group):
    """A group of commands whose help is in French."""

    command_class = Commande

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The help option, described in French."""
        return _in_french(super().get_help_option(ctx))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, under a French title."""
        commandes = [(nom, self.get_command(ctx, nom)) for nom in self.list_commands(ctx)]
        lignes = [(nom, c.get_short_help_str(limit=90)) for nom, c in commandes if c is not None]
        if lignes:
            with formatter.section("Commandes"):
                formatter.write_dl(lignes)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command; an unknown one is named in French, with the known ones."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(f"commande inconnue : « {args[0]} » ; commandes : {', '.join(self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


Groupe.group_class = Groupe


class GroupeTardif(Groupe):
    """A group imported when it is asked for, so that the other commands do not wait for what it needs.

    Args:
        nom: Its name.
        charger: Imports it.
        help: What it is for.
    """

    def __init__(self, nom: str, charger: Callable[[], click.Group], *, help: str) -> None:  # noqa: A002
        super().__init__(nom, help=help)
        self._charger = charger

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of its commands."""
        return self._charger().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of its commands."""
        return self._charger().get_command(ctx, cmd_name)


def _in_french(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = "Affiche cette aide."
    return option


def explain(error: click.ClickException) -> str:
    """What is wrong with a command line, in one French sentence."""
    if isinstance(error, click.exceptions.NoSuchOption):
        return f"option inconnue : {error.option_name}"
    nom = getattr(getattr(error, "param", None), "opts", ["un argument"])[0]
    if isinstance(error, click.exceptions.MissingParameter):
        return f"il manque {nom}"
    if isinstance(error, click.exceptions.BadParameter):
        nature = getattr(error.param, "type", None)
        permises = f" : {', '.join(nature.choices)}" if isinstance(nature, click.Choice) else ""
        return f"valeur refusée pour {nom}{permises}"
    if isinstance(error, click.exceptions.BadOptionUsage):
        return f"l'option {error.option_name} attend une valeur"
    return error.format_message().rstrip(".")
