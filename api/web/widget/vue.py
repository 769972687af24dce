"""How a screen is shown: language, mode, theme, where the path starts; in the address, since none of it is personal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import urlencode

from api.web.widget.etat import Porte
from api.web.widget.textes import Langue

RACINE = "/orientation"
Mode = Literal["", "borne", "mineur"]
MODES: tuple[Mode, ...] = get_args(Mode)
PORTES: tuple[Porte, ...] = get_args(Porte)
_TERRITOIRE = re.compile(r"[\w' ’().-]{1,60}")
_THEME = re.compile(r"[\w#%.,:;=()' -]{1,300}")


@dataclass(frozen=True, slots=True)
class Vue:
    """The parameters of an address."""

    langue: Langue = "fr"
    mode: Mode = ""
    theme: str = ""
    territoire: str = ""
    entree: Porte | None = None

    @property
    def secrete(self) -> bool:
        """Whether nothing may stay in the browser either."""
        return self.mode in {"borne", "mineur"}

    def at(self, ecran: str = "") -> str:
        """The address of a screen, shown likewise."""
        champs = {"langue": "" if self.langue == "fr" else self.langue, "mode": self.mode, "theme": self.theme}
        champs |= {"territoire": self.territoire, "entree": self.entree or ""}
        requete = urlencode({nom: valeur for nom, valeur in champs.items() if valeur})
        chemin = f"{RACINE}/{ecran}" if ecran else RACINE
        return f"{chemin}?{requete}" if requete else chemin

    def other_language(self) -> "Vue":
        """The same in the other French."""
        return replace(self, langue="fr" if self.langue == "facile" else "facile")


def read_view(parametres: Mapping[str, str]) -> Vue:
    """The view of an address; what is not understood is left out, since an address is often cut or mistyped."""
    mode: Mode = next((m for m in MODES if m == parametres.get("mode")), "")
    entree = next((p for p in PORTES if p == parametres.get("entree")), None)
    territoire, theme = parametres.get("territoire", "").strip(), parametres.get("theme", "")
    return Vue(
        langue="facile" if parametres.get("langue") == "facile" else "fr",
        mode=mode,
        theme=theme if _THEME.fullmatch(theme) else "",
        territoire=territoire if _TERRITOIRE.fullmatch(territoire) else "",
        entree=entree,
    )
