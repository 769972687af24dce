"""One LHEO offer (full or summary) turned into domain types, with all that it lacks counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from referentiels.errors import CellError
from referentiels.formations.communs import (
    FORME_UAI,
    make_key,
    read_commune,
    read_fiche,
    read_point,
    read_siret,
    read_url,
    strip_html,
)
from referentiels.formations.flux_xml import Noeud
from referentiels.formations.lheo_codes import ETATS, MODALITES, NIVEAUX, OBLIGATOIRES, read_jour, read_voie
from referentiels.journal import FichierLu
from referentiels.types import ActionFormation, CodeCommune, Formation, NumeroFiche, Organisme, SessionFormation


@dataclass(frozen=True, slots=True)
class Offre:
    """A formation with its actions and sessions; `organismes` holds those not met before in the feed."""

    formation: Formation
    actions: tuple[ActionFormation, ...]
    sessions: tuple[SessionFormation, ...]
    organismes: tuple[Organisme, ...]


class _Entree(NamedTuple):
    """One entry of an action."""

    cle: str
    debut: date | None
    fin: date | None
    etat: str | None


class LecteurOffre:
    """Reads the offers of one feed and counts what is refused or missing.

    Args:
        source: Key of the feed, which begins every id.
        lu: Journal of the feed; a row is a formation, an action or a session.
    """

    def __init__(self, source: str, lu: FichierLu) -> None:
        self.source = source
        self.lu = lu
        self.export = ""
        """Newest export date that the feed tells, `AAAA-MM-JJ`; empty when it tells none."""
        self._vus: set[str] = set()
        self._pris: set[str] = set()
        self._organismes: set[str] = set()
        self._manques: dict[str, tuple[int, int]] = {}

    def read(self, noeud: Noeud) -> Offre | None:
        """The offer of a `<formation>` or `<resume-offre>`; None when it was refused, counted with its line."""
        self.lu.lues += 1
        resume = noeud.nom == "resume-offre"
        intitule = strip_html(noeud.texte("intitule-formation")).replace("\n", " ")
        cle = noeud.attributs.get("numero", "").strip()
        if not intitule:
            self.lu.reject(noeud.ligne, "intitule-formation", "élément obligatoire absent ou vide", cle)
            return None
        actions = [noeud] if resume else noeud.find_all("action")
        if not actions:
            self.lu.reject(noeud.ligne, "action", "élément obligatoire absent", cle or intitule)
            return None
        organisme = self._read_resume_organisme(noeud) if resume else self._read_organismes(noeud, actions)
        if not cle:
            cle = make_key(intitule, organisme.id if organisme else "", noeud.texte("certification", "code-RNCP"))
            self._miss("attribut « numero »", noeud)
        ident = f"{self.source}:{cle}"
        if ident in self._vus:
            self.lu.reject(noeud.ligne, "numero", "doublon", cle)
            return None
        self._vus.add(ident)
        self._pris.clear()
        for nom in () if resume else OBLIGATOIRES:
            if noeud.find(nom) is None:
                self._miss(f"<{nom}>", noeud)
        lues = [self._read_action(action, ident, rang) for rang, action in enumerate(actions, 1)]
        self.lu.gardees += 1
        for extras in noeud.find_all("extras"):
            self.read_export(extras)
        return Offre(
            formation=self._make_formation(noeud, ident, intitule, actions, organisme),
            actions=tuple(action for places, _ in lues for action in places),
            sessions=tuple(session for _, sessions in lues for session in sessions),
            organismes=self._keep_new(organisme),
        )

    def read_export(self, extras: Noeud) -> None:
        """Take the export date out of an `<extras>` group, where it holds one."""
        for extra in extras.find_all("extra"):
            if extra.attributs.get("info", "").lower().replace(" ", "-").startswith("date-export"):
                try:
                    jour, _ = read_jour("date-export", extra.texte())
                except CellError:
                    continue
                self.export = max(self.export, jour.isoformat() if jour else "")

    def finish(self) -> None:
        """Write in the journal how often each expected thing was missing, and where first."""
        for quoi, (nombre, ligne) in sorted(self._manques.items()):
            self.lu.note(f"{quoi} : {nombre} fois absent ou inutilisable (première fois ligne {ligne})")

    def _miss(self, quoi: str, noeud: Noeud) -> None:
        nombre, ligne = self._manques.get(quoi, (0, noeud.ligne))
        self._manques[quoi] = (nombre + 1, ligne)

    def _keep_new(self, organisme: Organisme | None) -> tuple[Organisme, ...]:
        if organisme is None or organisme.id in self._organismes:
            return ()
        self._organismes.add(organisme.id)
        return (organisme,)

    def _make_formation(
        self, noeud: Noeud, ident: str, intitule: str, actions: list[Noeud], organisme: Organisme | None
    ) -> Formation:
        domaine = noeud.find("domaine-formation")
        codes = domaine.find_all("code-FORMACODE") if domaine else []
        # The one tagged principal leads; LHEO says that it is the first otherwise.
        codes.sort(key=lambda code: code.attributs.get("tag") != "principal")
        return Formation(
            id=ident,
            intitule=intitule,
            certification=self._read_certification(noeud),
            cfd=None,
            formacodes=tuple(dict.fromkeys(texte for code in codes if (texte := code.texte()).isdigit())),
            niveau=self._read_niveau(noeud),
            objectif=strip_html(_brut(noeud, "objectif-formation")) or None,
            duree_heures=self._read_duree(noeud, actions),
            organisme=organisme.id if organisme else None,
            url=read_url(noeud.texte("url-formation", "urlweb")),
            source=self.source,
        )

    def _read_certification(self, noeud: Noeud) -> NumeroFiche | None:
        trouvees: dict[NumeroFiche, None] = {}
        for certification in noeud.find_all("certification"):
            for element, repertoire in (("code-RNCP", "RNCP"), ("code-RS", "RS")):
                numero = read_fiche(certification.texte(element), repertoire)
                if numero is not None:
                    trouvees[numero] = None
        if len(trouvees) > 1:
            self._miss("autres certifications que la première de la formation, non retenues : place", noeud)
        return next(iter(trouvees), None)

    def _read_niveau(self, noeud: Noeud) -> int | None:
        code = noeud.texte("code-niveau-sortie") or _extra(noeud, "code-niveau-sortie")
        if code and code not in NIVEAUX:
            self._miss("<code-niveau-sortie> de la table des niveaux", noeud)
        elif code == "8":
            self._miss("niveau européen d'un ancien niveau I (7 ou 8)", noeud)
        return NIVEAUX.get(code)

    def _read_duree(self, noeud: Noeud, actions: list[Noeud]) -> int | None:
        durees = {texte for action in actions if (texte := action.texte("nombre-heures-total"))}
        if len(durees) > 1:
            self._miss("durée commune aux actions de la formation", noeud)
            return None
        duree = durees.pop() if durees else ""
        return int(duree) if duree.isdigit() and 0 < int(duree) < 100_000 else None

    def _read_action(
        self, action: Noeud, formation: str, rang: int
    ) -> tuple[list[ActionFormation], list[SessionFormation]]:
        """One action a place: LHEO 2.3 allows several, and sessions then open in each."""
        resume = action.nom == "resume-offre"
        if not resume:
            self.lu.lues += 1
            self.lu.gardees += 1
        base = f"{formation}/{'a' if resume else action.attributs.get('numero', '').strip() or rang}"
        base = self._free(base)
        voie = read_voie([code.texte() for code in action.find_all("code-public-vise")], _dispositifs(action))
        code = action.texte("modalites-enseignement")
        if code not in MODALITES:
            self._miss("<modalites-enseignement>", action)
        lieux: list[Noeud | None] = [action] if resume else [*action.find_all("lieu-de-formation")] or [None]
        actions, sessions = [], []
        entrees = list(self._read_entrees(action))
        for numero, lieu in enumerate(lieux, 1):
            ident = base if numero == 1 else self._free(f"{base}@{numero}")
            actions.append(
                ActionFormation(
                    ident, formation, voie, MODALITES.get(code), *self._read_lieu(lieu, action), places=None
                )
            )
            sessions += [SessionFormation(f"{ident}/{e.cle}", ident, e.debut, e.fin, e.etat) for e in entrees]
        return actions, sessions

    def _read_entrees(self, action: Noeud) -> Iterator[_Entree]:
        """The entries of an action; a session with a broken or backward period is refused."""
        vues: set[str] = set()
        for rang, session in enumerate(action.find_all("session"), 1):
            self.lu.lues += 1
            try:
                debut, fin, vague = _read_periode(session)
            except CellError as error:
                self.lu.reject(session.ligne, error.colonne, error.motif, error.valeur)
                continue
            if vague:
                self._miss("jour d'une date de session (connue au mois ou à l'année)", session)
            cle = session.attributs.get("numero", "").strip() or str(rang)
            if cle in vues:
                self.lu.reject(session.ligne, "session", "doublon", cle)
                continue
            vues.add(cle)
            self.lu.gardees += 1
            yield _Entree(cle, debut, fin, ETATS.get(session.texte("etat-recrutement")))

    def _read_lieu(
        self, lieu: Noeud | None, action: Noeud
    ) -> tuple[CodeCommune | None, str | None, float | None, float | None]:
        coordonnees = lieu.find("coordonnees") if lieu else None
        adresse = lieu if lieu is action else coordonnees.find("adresse") if coordonnees else None
        if lieu is None or adresse is None:
            self._miss("adresse du lieu de formation", lieu or action)
            return None, None, None, None
        code = read_commune(adresse.texte("code-INSEE-commune"))
        if code is None:
            self._miss("<code-INSEE-commune> du lieu de formation", adresse)
        if lieu is action:
            point = read_point(_extra(action, "latitude"), _extra(action, "longitude"))
        else:
            geo = adresse.find("geolocalisation")
            point = read_point(geo.texte("latitude"), geo.texte("longitude")) if geo else None
        if point is None:
            self._miss("<geolocalisation> du lieu de formation", adresse)
        nord, est = point or (None, None)
        return code, _describe(coordonnees, adresse), nord, est

    def _read_organismes(self, noeud: Noeud, actions: list[Noeud]) -> Organisme | None:
        """The responsible organisme, or failing that the first formateur."""
        candidats = noeud.find_all("organisme-formation-responsable")
        for action in actions:
            candidats += action.find_all("organisme-formateur")
        for candidat in candidats:
            enveloppe = candidat.find("SIRET-organisme-formation") or candidat.find("SIRET-formateur")
            nom = (
                candidat.texte("nom-organisme")
                or candidat.texte("raison-sociale")
                or candidat.texte("raison-sociale-formateur")
            )
            site = candidat.texte("coordonnees-organisme", "coordonnees", "web", "urlweb")
            organisme = self._make_organisme(candidat, nom, enveloppe, site)
            if organisme is not None:
                return organisme
        return None

    def _read_resume_organisme(self, noeud: Noeud) -> Organisme | None:
        nom = noeud.find("nom-organisme")
        return self._make_organisme(nom, nom.texte(), noeud, "") if nom else None

    def _make_organisme(self, noeud: Noeud, nom: str, enveloppe: Noeud | None, site: str) -> Organisme | None:
        siret = read_siret(enveloppe.texte("SIRET")) if enveloppe else None
        if siret is None:
            self._miss("SIRET de l'organisme", noeud)
        if not nom:
            self._miss("nom de l'organisme", noeud)
            return None
        uai = enveloppe.texte("code-UAI") if enveloppe else ""
        cle = siret or noeud.attributs.get("numero", "").strip() or make_key(nom)
        return Organisme(
            id=f"{self.source}:{cle}",
            nom=nom,
            siret=siret,
            uai=uai if FORME_UAI.fullmatch(uai) else None,
            site=read_url(site),
            source=self.source,
        )

    def _free(self, ident: str) -> str:
        """The id itself, or with a rank when the formation gives the same number twice."""
        libre, rang = ident, 1
        while libre in self._pris:
            rang += 1
            libre = f"{ident}~{rang}"
        self._pris.add(libre)
        return libre


def _read_periode(session: Noeud) -> tuple[date | None, date | None, bool]:
    """Beginning and end of a session, and whether one of them is told without its day."""
    debut, debut_vague = read_jour("debut", session.texte("periode", "debut"))
    fin, fin_vague = read_jour("fin", session.texte("periode", "fin"))
    if debut and fin and fin < debut:
        raise CellError("fin", "fin de session avant son début", session.texte("periode", "fin"))
    return debut, fin, debut_vague or fin_vague


def _brut(noeud: Noeud, nom: str) -> str:
    enfant = noeud.find(nom)
    return "" if enfant is None or enfant.texte() == "" else enfant.brut


def _extra(noeud: Noeud, info: str) -> str:
    """Text of the first `<extra info=…>` of that name in the groups of a node."""
    for groupe in noeud.find_all("extras"):
        for extra in groupe.find_all("extra"):
            if extra.attributs.get("info") == info:
                return extra.texte()
    return ""


def _dispositifs(action: Noeud) -> dict[str, str]:
    """The flags that a Carif writes as extras: nested in named groups, one value each."""
    return {
        extra.attributs.get("info", ""): extra.texte()
        for groupe in action.find_all("extras")
        for extra in groupe.find_all("extra")
    }


def _describe(coordonnees: Noeud | None, adresse: Noeud) -> str | None:
    """The place in one line: its name, street, postal code and town, as published."""
    morceaux: list[str] = []
    if coordonnees is not None:
        morceaux += [coordonnees.texte("nom"), *(ligne.texte() for ligne in coordonnees.find_all("ligne"))]
    morceaux.append(adresse.texte("denomination"))
    morceaux += [ligne.texte() for ligne in adresse.find_all("ligne")]
    morceaux.append(f"{adresse.texte('codepostal')} {adresse.texte('ville')}".strip())
    return ", ".join(dict.fromkeys(morceau for morceau in morceaux if morceau)) or None
