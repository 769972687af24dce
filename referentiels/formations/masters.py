"""Mentions of master that universities offer (MESR, « Trouver mon master »)."""

import re
from collections import Counter
from dataclasses import dataclass

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.formations.communs import FORME_UAI, read_name_date, read_url
from referentiels.formations.etablissements import Lieux, load_lieux
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.tables import TableSpec, parse_table
from referentiels.types import ActionFormation, Formation, Modalite, Organisme, Voie

SOURCE = "masters"
_ANNEE = "Année de la campagne de recueil des informations"
_UAI = "Code UAI de l’établissement accrédité"
_NOM = "Nom officiel (long) de l’établissement accrédité"
_USAGE = "Nom d’usage de l’établissement accrédité"
_ADRESSE = "Adresse de l’établissement accrédité"
_POSTAL = "Code postal de la ville de l’établissement accrédité"
_VILLE = "Ville de l’établissement accrédité"
_INM = "Identifiant navette de la mention (INM) de master"
_INTITULE = "Intitulé de la mention de master"
_OUVERTE = "Mention ouverte ou non ouverte"
_MODALITES = "Modalités d’enseignement de la mention"
_CAPACITE = "Capacité d’accueil limitée au 1er semestre"
_LICENCES = "Licences conseillées pour suivre la formation de la mention"
_URL = "URL de la fiche relative à la mention sur le site internet de l’établissement"
SPEC = TableSpec(
    motif=r"trouver[_-]mon[_-]master.*\.csv",
    colonnes=(_ANNEE, _UAI, _NOM, _ADRESSE, _POSTAL, _VILLE, _INM, _INTITULE, _OUVERTE, _MODALITES),
    facultatives=(_USAGE, _CAPACITE, _URL),
    lignes_max=200_000,
    delimiteur=";",
    ignorees=(
        "Complément d’adresse de l’établissement accrédité",
        "Domaine(s) de la mention de master",
        "Mention accréditée ou en cours d’accréditation",
        "Année de début de la période d’accréditation",
        "Année de fin de la période d’accréditation",
        "Etablissement(s) co-accrédité(s) en vue de la délivrance du DNM dans la mention",
        "Inscription des étudiants effectuée ou non par l’établissement dans la mention",
        "Semestre auquel la mention est accessible dans l’établissement accrédité",
        "Existence d’une capacité d’accueil limitée au 1er semestre",
        _LICENCES,
        "etablissement_id_paysage",
    ),
)
_INM_FORME = re.compile(r"\w{4,12}")
_VOIES: dict[str, tuple[Voie | None, Modalite | None]] = {
    "Formation initiale": ("scolaire", None),
    "Formation continue": ("continue", None),
    "Apprentissage": ("apprentissage", None),
    "Contrat de professionnalisation": ("contrat_professionnalisation", None),
    "Formation à distance": (None, "distance"),
    "Hybride": (None, "mixte"),
}
"""« Alternance » alone tells neither of the two contracts: it makes no action of its own."""


@dataclass(frozen=True, slots=True)
class _Mention:
    annee: int
    uai: str
    nom: str
    adresse: str | None
    inm: str
    intitule: str
    ouverte: bool
    modalites: tuple[str, ...]
    capacite: int | None
    url: str | None


def load_masters(depot: Depot, journal: Journal) -> Lot:
    """Read the open mentions of the newest campaign.

    Args:
        depot: Folder or file with `trouver_mon_master*.csv` (UTF-8 with a byte-order mark, `;`).
        journal: Receives the counts, and how many mentions are of an older campaign, closed or without a place.

    Returns:
        Organisme (a UAI), Formation (a mention in an establishment, level 7) and one ActionFormation for each way of
        teaching that is told. `places` is set only where there is one way, for the capacity is shared otherwise. The
        millésime is the year of the campaign.

    Raises:
        SourceError: No file, or one that cannot be used.
    """
    mentions = parse_table(depot, SPEC, journal, _build, cle=lambda m: (m.annee, m.uai, m.inm))
    lu = journal.fichiers[-1]
    annee = max((mention.annee for mention in mentions), default=0)
    retenues = [mention for mention in mentions if mention.annee == annee and mention.ouverte]
    anciennes = sum(mention.annee < annee for mention in mentions)
    lu.note(f"campagnes antérieures à {annee}, non reprises : {anciennes} lignes")
    lu.note(f"mentions non ouvertes en {annee}, non reprises : {len(mentions) - anciennes - len(retenues)}")
    membre = depot.find(SPEC.motif)
    lot = Lot(millesime=str(annee) if annee else read_name_date(membre.nom if membre else ""))
    lieux = load_lieux(depot)
    organismes: dict[str, Organisme] = {}
    manques: Counter[str] = Counter()
    for mention in retenues:
        organismes.setdefault(
            mention.uai,
            Organisme(f"{SOURCE}:{mention.uai}", mention.nom, lieux.siret(mention.uai), mention.uai, None, SOURCE),
        )
        formation = _make_formation(mention)
        actions = _make_actions(mention, formation.id, lieux)
        manques["mentions sans commune connue"] += actions[0].commune is None
        manques["mentions sans modalité d'enseignement lisible"] += actions[0].voie is None is actions[0].modalite
        lot.add(Formation, (formation,))
        lot.add(ActionFormation, actions)
    for quoi, nombre in manques.items():
        lu.note(f"{quoi} : {nombre}")
    lot.add(Organisme, organismes.values())
    return lot


def _build(ligne: Ligne) -> _Mention:
    ville = f"{ligne.texte_ou_rien(_POSTAL) or ''} {ligne.texte_ou_rien(_VILLE) or ''}".strip()
    adresse = ", ".join(partie for partie in (ligne.texte_ou_rien(_ADRESSE), ville) if partie)
    return _Mention(
        annee=ligne.entier(_ANNEE),
        uai=ligne.code(_UAI, FORME_UAI),
        nom=ligne.texte_ou_rien(_USAGE) or ligne.texte(_NOM),
        adresse=adresse or None,
        inm=ligne.code(_INM, _INM_FORME),
        intitule=ligne.texte(_INTITULE),
        ouverte=ligne.drapeau(_OUVERTE) is not False,
        modalites=tuple(partie.strip() for partie in ligne.brut(_MODALITES).split(",") if partie.strip()),
        capacite=ligne.entier_ou_rien(_CAPACITE),
        url=read_url(ligne.brut(_URL)),
    )


def _make_formation(mention: _Mention) -> Formation:
    return Formation(
        id=f"{SOURCE}:{mention.uai}:{mention.inm}",
        intitule=f"Master mention {mention.intitule}",
        certification=None,
        cfd=None,
        formacodes=(),
        niveau=7,
        objectif=None,
        duree_heures=None,
        organisme=f"{SOURCE}:{mention.uai}",
        url=mention.url,
        source=SOURCE,
    )


def _make_actions(mention: _Mention, formation: str, lieux: Lieux) -> list[ActionFormation]:
    commune, nord, est = lieux.place(mention.uai)
    dites = dict.fromkeys(_VOIES[modalite] for modalite in mention.modalites if modalite in _VOIES)
    facons = list(dites) or [(None, None)]
    return [
        ActionFormation(
            id=f"{formation}/{voie or modalite or 'a'}",
            formation=formation,
            voie=voie,
            modalite=modalite,
            commune=commune,
            lieu=mention.adresse,
            latitude=nord,
            longitude=est,
            places=mention.capacite if len(facons) == 1 else None,
        )
        for voie, modalite in facons
    ]
