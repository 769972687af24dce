"""Every page of the site and every screen of the path, with what it takes to open each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from api.web.widget.contexte import questionnaire
from api.web.widget.etat import Declaree, Etat, Gout, Lieu
from api.web.widget.vue import RACINE

LARGEURS = (360, 768, 1280)
ENVOIE = """([adresse, champs]) => {
  const formulaire = document.createElement('form');
  formulaire.method = 'post';
  formulaire.action = adresse;
  for (const [nom, valeur] of Object.entries(champs)) {
    const champ = document.createElement('input');
    [champ.type, champ.name, champ.value] = ['hidden', nom, valeur];
    formulaire.append(champ);
  }
  document.body.append(formulaire);
  formulaire.submit();
}"""
NANTES = Lieu(nature="commune", code="44109", nom="Nantes (44)")
DIT = Etat(
    lieu=NANTES,
    envies=("D1102",),
    competences=(Declaree(texte="tenir une caisse"),),
    gouts=tuple(Gout(item=i.identifiant, valeur="oui") for i in questionnaire().items[:12]),
    gardes=("D1104",),
    exclus=("K1304",),
)
"""Someone who went through several doors."""


@dataclass(frozen=True, slots=True)
class Ecran:
    """A page or a screen; `champs` are posted, and None is a plain address."""

    nom: str
    adresse: str
    champs: Mapping[str, str] | None = None
    etat: Etat | None = None
    attendu: str = ""
    """What the body says it is, for a screen."""

    def open(self, page: Page, base: str) -> None:
        """Show it, with all that can be unfolded unfolded."""
        if self.champs is None:
            page.goto(base + self.adresse)
        else:
            if not page.url.startswith(base):  # a form is sent from a page of the same site
                page.goto(base + RACINE)
            champs = {**({"etat": self.etat.pack()} if self.etat else {}), **self.champs}
            with page.expect_navigation():
                page.evaluate(ENVOIE, [base + self.adresse, champs])
        if self.attendu:
            assert page.locator("body").get_attribute("data-ecran") == self.attendu, self.nom
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")


def _screen(nom: str, *, ecran: str = "", etat: Etat | None = None, vue: str = "", **champs: str) -> Ecran:
    ecran = ecran or nom
    return Ecran(nom, f"{RACINE}/{nom.partition(' ')[0]}{vue}", champs, etat or Etat(lieu=NANTES), ecran)


SITE = (
    Ecran("accueil", "/"),
    Ecran("accueil en erreur", "/", {}),
    Ecran("réponse", "/", {"savoir": "coudre à la machine\ntenir une caisse", "commune": "Nantes", "rayon": "30"}),
    Ecran("réponse à préciser", "/", {"savoir": "coudre", "commune": "Saint", "rayon": "30"}),
    Ecran("réponse sans piste", "/", {"savoir": "zzzz", "commune": "", "rayon": "30"}),
    Ecran("vers un métier", "/metiers/D1102/parcours", {"savoir": "tenir une caisse", "commune": "Nantes"}),
    Ecran("fiche de métier", "/metiers/D1102"),
    Ecran("certification", "/certifications/RNCP38765"),
    Ecran("algorithme", "/algorithme"),
    Ecran("documentation", "/docs"),
    Ecran("type d'erreur", "/erreurs/code-inconnu"),
    Ecran("adresse inconnue", "/metiers/Z9999"),
)
CHEMIN = (
    Ecran("départ", RACINE, attendu="lieu"),
    Ecran("départ en français facile", f"{RACINE}?langue=facile&territoire=44", attendu="lieu"),
    Ecran("départ aux couleurs d'un hôte", f"{RACINE}?theme=accent:7a1f5c;fond:ffffff;encre:222222", attendu="lieu"),
    _screen("lieu en erreur", ecran="lieu", lieu="zzzz"),
    _screen("lieu à choisir", ecran="lieu-choix", lieu="Saint"),
    _screen("portes"),
    _screen("metier"),
    _screen("metier en erreur", ecran="metier", metier="zzzz"),
    _screen("metier à choisir", ecran="metier-choix", metier="aide"),
    _screen("vecu", code="D1102"),
    _screen("secteur"),
    _screen("penchant", etat=Etat(lieu=NANTES, secteur="100")),
    _screen("formation"),
    _screen("formation à choisir", ecran="formation-choix", diplome="cuisine"),
    _screen("savoir"),
    _screen("savoir à confirmer", ecran="confirmer", savoir="coudre à la machine et tenir une caisse"),
    _screen("groupes"),
    _screen("gestes", groupe="aider"),
    _screen("gouts"),
    _screen("gouts suivants", ecran="gouts", etat=DIT.change(gardes=(), exclus=())),
    _screen("resultats", etat=DIT),
    _screen("resultats en français facile", ecran="resultats", etat=DIT, vue="?langue=facile"),
    _screen("resultats et un métier écarté", ecran="resultats", etat=DIT, ecarter="D1106"),
    _screen("resultats en entier", ecran="resultats", etat=DIT, voir="tous"),
    _screen("resultats sans piste", ecran="resultats"),
    _screen("fiche", etat=DIT, code="D1102"),
    _screen("comparer", etat=DIT, **{"vs-D1102": "1", "vs-D1104": "1"}),
    _screen("comparer en erreur", ecran="comparer", etat=DIT),
    _screen("oppose", etat=DIT, code="D1102"),
    _screen("emporter", etat=DIT),
    _screen("reprendre"),
    _screen("reprendre en erreur", ecran="reprendre", fichier=""),
    _screen("avis", etat=DIT),
    _screen("avis donné", ecran="avis", etat=DIT, envoi="1"),
    _screen("conseiller", etat=DIT),
    _screen("conseiller sans lieu", ecran="conseiller", etat=Etat(lieu_inconnu=True), situation="jeune"),
    _screen("portes sur une borne", ecran="portes", vue="?mode=borne"),
)
