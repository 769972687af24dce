"""The path of a citizen, screen by screen, without a browser: what is said, what is shown, what is never kept."""

import json
import re
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.persistence.avis import count_opinions, read_opinions
from api.persistence.base import BaseDonnees
from api.service import Service
from api.web.widget.ecrans import ECRANS
from api.web.widget.emporter import draw_code
from api.web.widget.etat import Etat, Gout, Lieu, unpack
from api.web.widget.pistes import OPPOSES
from referentiels.types import CodeRome

NANTES = Lieu(nature="commune", code="44109", nom="Nantes (44)")


class Personne:
    """Someone on the path: sends forms back as a browser would."""

    def __init__(self, client: TestClient, requete: str = "") -> None:
        self.client = client
        self.requete = requete
        self.reponse: httpx2.Response = client.get(f"/orientation{requete}")

    @property
    def page(self) -> str:
        return unescape(self.reponse.text).replace("\u00a0", " ").replace("\u202f", " ")

    @property
    def titre(self) -> str:
        [titre] = re.findall(r"<h1.*?</h1>", self.page, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>|<svg.*?</svg>", "", titre).split())

    @property
    def etat(self) -> str:
        [etat, *_] = set(re.findall(r'name="etat" value="([^"]*)"', self.page))
        return str(etat)

    @property
    def dit(self) -> Etat:
        return unpack(self.etat)

    @property
    def cartes(self) -> list[str]:
        return re.findall(r'<article[^>]* id="m-(\w+)"', self.page)

    def send(self, ecran: str, /, **champs: str) -> "Personne":
        donnees = {"etat": self.etat, **{nom.replace("_", "-"): valeur for nom, valeur in champs.items()}}
        self.reponse = self.client.post(f"/orientation/{ecran}{self.requete}", data=donnees)
        return self

    def values(self, nom: str) -> list[str]:
        return re.findall(rf'name="{nom}" value="([^"]*)"', self.page)


@pytest.fixture
def nantaise(client_socle: TestClient) -> Personne:
    return Personne(client_socle).send("lieu", lieu="Nantes")


def test_codes_that_the_catalogue_lacks_are_left_out(client_socle: TestClient) -> None:
    etat = Etat(lieu=NANTES, exerces=("D1102", "N9999"), exclus=("A9999",), gouts=(Gout(item="Z99", valeur="oui"),))
    page = client_socle.post("/orientation/portes", data={"etat": etat.pack()}).text
    [rendu, *_] = re.findall(r'name="etat" value="([^"]*)"', page)
    assert unpack(rendu) == Etat(lieu=NANTES, exerces=("D1102",))
    perdus = Etat(gardes=("A9999",)).pack()
    assert client_socle.post("/orientation/fichier", data={"etat": perdus}).json()["metiers_gardes"] == []


def test_the_address_answers_questions_before_they_are_asked(client_socle: TestClient) -> None:
    assert "Aimeriez-vous faire cela" in Personne(client_socle, "?territoire=44109&entree=interets").titre
    assert Personne(client_socle, "?territoire=Nantes").titre == "Par où voulez-vous commencer ?"
    departement = Personne(client_socle, "?territoire=44&entree=metier")
    assert "Partout : Loire-Atlantique (44)" in departement.page
    assert departement.send("lieu", choix="44").titre == "Quel métier ?"
    assert departement.dit.lieu == Lieu(nature="departement", code="44", nom="Loire-Atlantique (44)")


def test_a_place_may_be_chosen_unknown_or_misspelt(client_socle: TestClient) -> None:
    personne = Personne(client_socle)
    assert personne.send("lieu", lieu="").reponse.status_code == 422
    assert 'aria-invalid="true"' in personne.page
    assert "Nous n'avons pas trouvé « zzzzz »" in personne.send("lieu", lieu="zzzzz").page
    assert personne.send("lieu", lieu="saint").titre == "Lequel de ces lieux ?"
    choix = personne.values("choix")
    assert 1 < len(choix) <= 5
    assert personne.send("lieu", choix=choix[0]).titre == "Par où voulez-vous commencer ?"
    ailleurs = Personne(client_socle).send("lieu", inconnu="1")
    assert ailleurs.dit == Etat(lieu_inconnu=True)
    assert ailleurs.titre == "Par où voulez-vous commencer ?"


def test_a_metier_that_was_done_leads_elsewhere_and_one_wished_for_to_itself(nantaise: Personne) -> None:
    nantaise.send("portes", porte="metier").send("metier", metier="boulangère")
    assert nantaise.titre == "Ce métier et vous"
    [code] = set(nantaise.values("code"))
    depart = nantaise.etat
    assert nantaise.send("vecu", code=code, vecu="fait").titre == "Des métiers à explorer"
    assert code not in nantaise.cartes
    assert nantaise.dit.exerces == (code,)
    nantaise.reponse = nantaise.client.post("/orientation/vecu", data={"etat": depart, "code": code, "vecu": "envie"})
    assert nantaise.cartes[0] == code


def test_unknown_words_are_told_and_not_knowing_leads_to_pictures(nantaise: Personne) -> None:
    nantaise.send("portes", porte="metier").send("metier", metier="zzkqx")
    assert nantaise.reponse.status_code == 422
    assert "Nous n'avons pas reconnu « zzkqx »" in nantaise.page
    assert "Aimeriez-vous" in nantaise.send("metier", inconnu="1").titre


def test_a_sector_gives_its_own_metiers_and_two_from_elsewhere(nantaise: Personne, socle: Service) -> None:
    nantaise.send("portes", porte="secteur")
    assert "Hôtellerie et restauration" in nantaise.page
    nantaise.send("secteur", secteur="102").send("penchant", lettre="S")
    siens = {m.code_rome for m in _of_sector(socle, "102")}
    assert len(nantaise.cartes) == 5
    assert sum(code in siens for code in nantaise.cartes[:3]) == 3
    assert nantaise.page.count('<p class="etiquette">') == 2


def _of_sector(service: Service, code: str) -> tuple[Any, ...]:
    from referentiels.types import MetierSecteur

    return service.catalogue.select(MetierSecteur, code=code)


def test_a_diploma_is_chosen_then_leads_to_its_metiers(nantaise: Personne) -> None:
    nantaise.send("portes", porte="formation").send("formation", diplome="cuisine")
    assert nantaise.titre == "Lequel de ces diplômes ?"
    nantaise.send("formation", numero=nantaise.values("numero")[0])
    assert "Votre diplôme peut y mener." in nantaise.page
    assert len(nantaise.dit.diplomes) == 1


def test_a_sentence_is_read_and_only_what_is_kept_counts(nantaise: Personne) -> None:
    nantaise.send("portes", porte="competences").send("savoir", savoir="je tiens la caisse et je fais du pain")
    assert nantaise.titre == "Est-ce bien cela ?"
    [nom, *_] = re.findall(r'name="(c-\d+-0)" value="\d+" checked', nantaise.page)
    [code] = re.findall(rf'name="{nom}" value="(\d+)"', nantaise.page)
    nantaise.send("confirmer", suite="pistes", **{nom: code})
    assert [c.code for c in nantaise.dit.competences] == [int(code)]
    assert len(nantaise.cartes) == 5
    vide = Personne(nantaise.client).send("lieu", inconnu="1").send("confirmer", suite="pistes", c_0_0="999999999")
    assert "Cochez au moins une chose" in vide.page


def test_pictures_are_another_way_to_say_it(nantaise: Personne) -> None:
    nantaise.send("portes", porte="competences").send("savoir", images="1")
    assert nantaise.titre == "Choisissez un groupe de gestes"
    nantaise.send("gestes", groupe="cuisine")
    assert "Cochez au moins un geste" in nantaise.send("gestes", groupe="cuisine", suite="pistes").page
    nantaise.send("gestes", groupe="cuisine", suite="autre", g_0="1", g_3="1")
    assert len(nantaise.dit.competences) == 2
    nantaise.send("gestes", groupe="cuisine")
    assert nantaise.page.count(" checked") == 2
    nantaise.send("gestes", groupe="cuisine", suite="pistes", g_0="1")
    assert [c.texte for c in nantaise.dit.competences] == ["Cuisiner des plats"], "décocher retire"


def test_tastes_are_asked_once_each_and_say_how_unsure_they_are(nantaise: Personne) -> None:
    nantaise.send("portes", inconnu="1")
    vus = []
    while "Aimeriez-vous" in nantaise.titre:
        [item] = nantaise.values("item")
        vus.append(item)
        nantaise.send("gouts", item=item, valeur="oui" if item[0] in "SA" else "non")
        if len(vus) == 4:
            assert "Voir déjà des pistes" in nantaise.page
            avant = nantaise.etat
            nantaise.send("gouts", pistes="1")
            assert "Vous avez donné 4 réponses." in nantaise.page
            nantaise.reponse = nantaise.client.post("/orientation/gouts", data={"etat": avant})
    assert len(vus) == len(set(vus)) <= 15
    assert re.search(r"\d chances sur 10", nantaise.page)
    assert len(nantaise.cartes) == 5
    assert len({code[0] for code in nantaise.cartes}) > 2, "à égalité, plusieurs domaines"
    nantaise.send("gouts", reculer="1")
    assert [g.item for g in nantaise.dit.gouts] == vus[:-1]
    assert nantaise.values("item") == [vus[-1]]


def test_answers_that_say_nothing_give_no_list_and_a_way_out(nantaise: Personne) -> None:
    nantaise.send("resultats")
    assert nantaise.titre == "Pas encore de piste"
    for porte in ("competences", "interets", "secteur", "metier", "formation"):
        assert porte in nantaise.values("porte")
    assert "Parler à un conseiller" in nantaise.page


@pytest.fixture
def boulangere(nantaise: Personne) -> Personne:
    etat = Etat(lieu=NANTES, porte="metier", exerces=("D1102",))
    nantaise.reponse = nantaise.client.post("/orientation/resultats", data={"etat": etat.pack()})
    return nantaise


def test_a_card_says_all_that_it_owes_and_no_mark(boulangere: Personne) -> None:
    assert len(boulangere.cartes) == len(set(boulangere.cartes)) == 5
    for carte in re.findall(r"<article.*?</article>", boulangere.page, re.DOTALL):
        for mots in (
            "Pourquoi il est ici", "Vous avez déjà", "À apprendre", "Comment y arriver", "Le marché du travail",
            "Femmes et hommes", "Ce que vous aimez", "À votre portée", "Pourquoi ?", "Garder", "Pas pour moi",
            "Comparer", "À l'opposé", "Voir les chiffres",
        ):  # fmt: skip
            assert mots in carte, mots
    for mots in ("indice", "score", "D1102"):
        assert mots not in re.sub(r"<[^>]+>", "", boulangere.page)
    assert boulangere.page.count('<p class="etiquette">') >= 2


def test_setting_aside_changes_the_list_and_can_be_undone(boulangere: Personne) -> None:
    premier = boulangere.cartes[0]
    boulangere.send("resultats", ecarter=premier)
    assert premier not in boulangere.cartes
    assert boulangere.dit.exclus == (premier,)
    assert "est écarté" in boulangere.page
    boulangere.send("resultats", remettre=premier)
    assert boulangere.cartes[0] == premier
    assert not boulangere.dit.exclus


def test_what_is_kept_is_compared_and_printed(boulangere: Personne) -> None:
    un, deux, *_ = boulangere.cartes
    boulangere.send("resultats", garder=un).send("resultats", garder=deux)
    assert boulangere.dit.gardes == (un, deux)
    gardes = boulangere.etat
    assert boulangere.send("comparer").page.count("<dt>") == 8 * 2
    assert boulangere.send("comparer", **{f"vs-{un}": "1"}).reponse.status_code == 422
    boulangere.reponse = boulangere.client.post("/orientation/emporter", data={"etat": gardes})
    assert "Métiers que vous avez gardés" in boulangere.page
    assert boulangere.page.count("<h3>") == 2


def test_more_then_all_and_nothing_is_hidden(boulangere: Personne) -> None:
    courte = boulangere.cartes
    boulangere.send("resultats", voir="plus")
    assert len(boulangere.cartes) > len(courte)
    assert set(courte) <= set(boulangere.cartes)
    boulangere.send("resultats", voir="tous")
    tous = re.findall(r'<li><button form="agir" class="lien" name="code" value="(\w+)"', boulangere.page)
    assert len(tous) == len(set(tous)) > 20
    assert set(courte[:3]) <= set(tous)


def test_the_whole_sheet_has_a_list_and_the_same_map(boulangere: Personne) -> None:
    for code in boulangere.cartes:
        boulangere.send("fiche", code=code)
        for mots in ("Ce qu'on y fait", "Comment y arriver", "Formations", "Femmes et hommes"):
            assert mots in boulangere.page
        liste = re.search(r'<ol class="formations">(.*?)</ol>', boulangere.page, re.DOTALL)
        points = re.findall(r'class="numero"[^>]*>(\d+)\+?<', boulangere.page)
        nombre = liste[1].count("<li>") if liste else 0
        assert all(int(numero) <= nombre for numero in points)
    assert boulangere.send("fiche").titre == "Des métiers à explorer", "sans métier, on revient à la liste"


def test_the_opposite_faces_it(boulangere: Personne, socle: Service) -> None:
    code = boulangere.cartes[0]
    boulangere.send("oppose", code=code)
    lettre = socle.catalogue.metiers[CodeRome(code)].riasec_majeur or ""
    opposes = [socle.catalogue.metiers[CodeRome(c)] for c in boulangere.cartes]
    assert len(opposes) == 3
    assert {m.riasec_majeur for m in opposes} == {OPPOSES[lettre]}
    assert len({m.code_rome[0] for m in opposes} | {code[0]}) == 4


def test_a_file_comes_back_and_a_changed_one_does_not(boulangere: Personne) -> None:
    boulangere.send("resultats", garder=boulangere.cartes[0])
    etat = boulangere.dit
    reponse = boulangere.client.post("/orientation/fichier", data={"etat": boulangere.etat})
    assert reponse.headers["content-disposition"].startswith("attachment")
    assert reponse.headers["cache-control"] == "no-store"
    contenu = reponse.content
    neuve = Personne(boulangere.client)

    def reload(octets: bytes) -> httpx2.Response:
        return neuve.client.post("/orientation/reprendre", data={"etat": ""}, files={"fichier": ("a.json", octets)})

    neuve.reponse = reload(contenu)
    assert neuve.titre == "Des métiers à explorer"
    assert neuve.dit == etat
    lu = json.loads(contenu)
    faux = [b"", b"[]", b"\xff\xfe", contenu[:-3], contenu + b" " * 70_000 + b"x"]
    faux += [json.dumps({**lu, "nom": "Dupont"}).encode(), json.dumps({**lu, "fait_le": "hier"}).encode()]
    faux += [json.dumps({**lu, "etat": {**lu["etat"], "sexe": "F"}}).encode()]
    for octets in faux:
        assert reload(octets).status_code == 422, octets[:40]


def test_the_link_and_its_code_say_nothing_of_the_person(boulangere: Personne) -> None:
    boulangere.requete = "?territoire=44&langue=facile&mode=mineur"
    page = boulangere.send("emporter").page
    [lien] = re.findall(r'<p class="adresse"><a href="([^"]+)"', page)
    assert lien == "http://azimut.test/orientation?langue=facile&territoire=44"
    boulangere.requete = "?territoire=44000"
    assert "http://azimut.test/orientation</a>" in boulangere.send("emporter").page, "une commune dirait où elle vit"
    trace, cote = draw_code(lien)
    assert f'viewBox="0 0 {cote} {cote}"' in page
    assert trace in page
    assert draw_code(lien + "&entree=metier")[0] != trace


def test_no_cookie_no_third_party_and_nothing_kept_on_a_shared_screen(boulangere: Personne) -> None:
    assert boulangere.reponse.headers["cache-control"] == "private, max-age=300", "« retour » la retrouve"
    for mode in ("borne", "mineur"):
        assert boulangere.client.get(f"/orientation?mode={mode}").headers["cache-control"] == "no-store"
    assert "set-cookie" not in boulangere.reponse.headers
    assert "script-src 'self'" in boulangere.reponse.headers["content-security-policy"]
    for attribut in re.findall(r'(?:src|action|formaction)="([^"]*)"', boulangere.page):
        assert attribut.startswith("/"), attribut
    assert not re.findall(r"<[^>]+ (?:style|on\w+)=", boulangere.page), "la politique de contenu les refuserait"


@pytest.mark.parametrize("ecran", sorted(ECRANS))
@pytest.mark.parametrize("langue", ["fr", "facile"])
def test_every_screen_opens_in_both_languages_and_leads_to_a_person(
    client_socle: TestClient, ecran: str, langue: str
) -> None:
    etat = Etat(lieu=NANTES, porte="metier", exerces=("D1102",), secteur="102")
    reponse = client_socle.post(f"/orientation/{ecran}?langue={langue}", data={"etat": etat.pack(), "code": "D1104"})
    page = unescape(reponse.text)
    assert reponse.status_code in {200, 422}
    assert "Parler à un conseiller" in page
    assert ("Français courant" if langue == "facile" else "Français facile") in page
    assert page.count("<h1") == 1
    assert reponse.headers["content-language"] == "fr"


def test_addresses_alone_lead_to_the_beginning(client_socle: TestClient) -> None:
    reponse = client_socle.get("/orientation/resultats?langue=facile", follow_redirects=False)
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/orientation?langue=facile")
    assert client_socle.post("/orientation/ailleurs").status_code == 404


def test_opinions_are_counted_without_anyone(boulangere: Personne, tmp_path: Path) -> None:
    assert "Merci" in boulangere.send("avis", envoi="1", trouve="oui", clair="peut-être").titre
    assert "Votre réponse est comptée" in boulangere.page
    assert "très bien ainsi" in boulangere.send("avis", envoi="1").page
    base = BaseDonnees(f"sqlite:///{tmp_path / 'avis.db'}")
    for jour in (date(2026, 3, 2), date(2026, 3, 30), date(2026, 4, 1)):
        assert count_opinions(base, {"trouve": "oui", "clair": "non"}, jour)
    comptes = [(c.mois.month, c.question, c.reponse, c.nombre) for c in read_opinions(base)]
    assert comptes == [(3, "clair", "non", 2), (3, "trouve", "oui", 2), (4, "clair", "non", 1), (4, "trouve", "oui", 1)]
    base.close()


def test_anything_said_can_be_taken_back(boulangere: Personne) -> None:
    etat = boulangere.dit.change(secteur="102", gouts=(Gout(item="R01", valeur="oui"),))
    boulangere.reponse = boulangere.client.post("/orientation/resultats", data={"etat": etat.pack()})
    for cle in boulangere.values("oublier"):
        boulangere.send("resultats", oublier=cle)
        assert cle not in boulangere.values("oublier")
    assert boulangere.titre == "Pas encore de piste"
    assert boulangere.dit.vide


def test_going_back_shows_what_was_said(boulangere: Personne) -> None:
    boulangere.send("metier", retour="1")
    assert re.search(r'name="metier"[^>]* value="Boulanger / Boulangère"', boulangere.page)
    assert not re.search(r'name="metier"[^>]* value="[^"]', boulangere.send("metier").page)
    boulangere.send("vecu", code="D1102", vecu="envie")
    assert (boulangere.dit.exerces, boulangere.dit.envies) == ((), ("D1102",)), "la dernière réponse remplace l'autre"
