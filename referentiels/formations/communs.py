"""What the formation catalogues share: forms of keys, dates in file names, coordinates, plain text of HTML."""

import hashlib
import html
import re
from datetime import date

from referentiels.cellules import clean_text, fold
from referentiels.types import FORME_COMMUNE, FORME_FICHE, CodeCommune, NumeroFiche

FORME_UAI = re.compile(r"[0-9A-Z]\d{6}[A-Z]")
FORME_SIRET = re.compile(r"\d{14}")
FORME_CFD = re.compile(r"[0-9A-Z]{8}")
_DATE_ANNEE_DEVANT = re.compile(r"(?<!\d)(20\d{2})[-_]?([01]\d)[-_]?([0-3]\d)(?!\d)")
_DATE_JOUR_DEVANT = re.compile(r"(?<!\d)([0-3]\d)[-_]?([01]\d)[-_]?(20\d{2})(?!\d)")
_ANNEE = re.compile(r"(?<!\d)20\d{2}(?!\d)")
_BLOC = re.compile(r"</?(?:p|br|li|ul|ol|div|h[1-6]|tr)\b[^<>]*>", re.IGNORECASE)
_BALISE = re.compile(r"</?[a-zA-Z][^<>]*>")
_DOMAINE_NU = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)
_SCHEMA = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def read_name_date(nom: str) -> str:
    """The date that a file name tells, as `2024-06-25`, else its year, else nothing."""
    for expression, ordre in ((_DATE_ANNEE_DEVANT, (1, 2, 3)), (_DATE_JOUR_DEVANT, (3, 2, 1))):
        for trouve in expression.finditer(nom):
            annee, mois, jour = (int(trouve.group(rang)) for rang in ordre)
            try:
                return date(annee, mois, jour).isoformat()
            except ValueError:
                continue
    annees = _ANNEE.findall(nom)
    return annees[-1] if annees else ""


def read_fiche(valeur: str, repertoire: str = "RNCP") -> NumeroFiche | None:
    """A fiche number from `474`, `RNCP474`, `RNCP 474` or `RS5678`; None for what is no number (`-1`, `0`…)."""
    numero = valeur.replace(" ", "").upper()
    if numero.isdigit():
        numero = f"{repertoire}{int(numero)}"
    return NumeroFiche(numero) if FORME_FICHE.fullmatch(numero) and numero.lstrip("RNCPS").strip("0") else None


def read_siret(valeur: str) -> str | None:
    """A SIRET of 14 digits, spaces taken out; None for anything else and for placeholders (one repeated digit)."""
    siret = valeur.replace(" ", "").replace("\u00a0", "")
    return siret if FORME_SIRET.fullmatch(siret) and len(set(siret)) > 1 else None


def read_cfd(valeur: str) -> str | None:
    """A CFD of 8 characters, the leading zero that spreadsheets drop put back; None for anything else."""
    code = valeur.strip().upper()
    if len(code) == 7 and code.isdigit():
        code = f"0{code}"
    return code if FORME_CFD.fullmatch(code) else None


def read_commune(valeur: str) -> CodeCommune | None:
    """An Insee commune code, its leading zero mended; None for anything else."""
    code = valeur.strip().upper()
    if len(code) == 4 and code.isdigit():
        code = f"0{code}"
    return CodeCommune(code) if FORME_COMMUNE.fullmatch(code) else None


def read_point(latitude: str, longitude: str) -> tuple[float, float] | None:
    """Degrees north and east; None when absent, unreadable, out of range or at (0, 0)."""
    try:
        nord, est = float(latitude.strip().replace(",", ".")), float(longitude.strip().replace(",", "."))
    except ValueError:
        return None
    if not (-90 <= nord <= 90 and -180 <= est <= 180) or (nord == 0 and est == 0):
        return None
    return nord, est


def read_pair(valeur: str) -> tuple[float, float] | None:
    """Degrees north and east from `48.57, -1.09`; None when that is not what the cell holds."""
    morceaux = valeur.split(",")
    return read_point(*morceaux) if len(morceaux) == 2 else None


def read_url(valeur: str) -> str | None:
    """An address that a browser may safely open; a bare domain gets its scheme; anything else is None."""
    adresse = valeur.strip()
    if _SCHEMA.fullmatch(adresse):
        return adresse
    return f"https://{adresse}" if _DOMAINE_NU.fullmatch(adresse) else None


def strip_html(texte: str) -> str:
    """Plain text, one paragraph a line, tags and entities resolved."""
    if _BALISE.search(texte):
        # In HTML a line break of the source is a mere space; only block tags part the paragraphs.
        texte = _BALISE.sub("", _BLOC.sub("\n", " ".join(texte.split())))
    texte = html.unescape(texte)
    lignes = (clean_text(ligne) for ligne in texte.split("\n"))
    return "\n".join(ligne for ligne in lignes if ligne)


def make_key(*parties: str) -> str:
    """A short key that stays the same as long as the words do (accents, case and punctuation set aside)."""
    return hashlib.sha256("\x1f".join(fold(partie) for partie in parties).encode()).hexdigest()[:12]
