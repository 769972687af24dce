"""What a citizen takes home on paper: the métiers they kept, as a document of two pages."""

from api.conseil.synthese import Synthese, build_synthese
from api.web.resume import write_contacts, write_kept, write_provenance
from api.web.widget.bilan import tell_said
from api.web.widget.cartes import calm, nearest
from api.web.widget.conseil import find_places, load_places
from api.web.widget.contexte import Contexte
from api.web.widget.emporter import public_link
from api.web.widget.pistes import leads_to_take
from referentiels.types import Indicateur

NOM_PDF = "azimut-mes-pistes.pdf"


def write_paper(ctx: Contexte) -> Synthese:
    """The document; in minor mode, it does not say where the person looks."""
    profil, reponse = leads_to_take(ctx)
    formations = ctx.moteur.guide.near(profil, reponse, ctx.jour)
    lieu, t = ctx.etat.lieu, ctx.textes
    commune = lieu.code if lieu is not None and lieu.nature == "commune" else None
    cites: list[Indicateur] = []
    retenus = []
    for metier in reponse.metiers:
        indicateurs = ctx.moteur.catalogue.indicateurs(metier.code_rome, commune)
        cites += indicateurs
        retenus.append(
            write_kept(
                metier,
                formations[metier.code_rome],
                indicateurs,
                situe=commune is not None,
                exerce=bool(ctx.etat.exerces),
                langue=ctx.vue.langue,
            )
        )
    premieres = [f for metier in reponse.metiers[:1] if (f := nearest(formations[metier.code_rome]))]
    pas = [
        t["emporter"]["etape_formation"].format(nom=calm(f.intitule), distance=f.distance) for f in premieres if commune
    ]
    lieux = find_places(load_places(ctx.settings.lieux_conseil), ctx.moteur.catalogue, lieu, ctx.etat.situation)
    return build_synthese(
        jour=ctx.jour,
        titre=t["document"]["titre_pistes"],
        territoire=lieu.nom if lieu is not None and ctx.vue.mode != "mineur" else "",
        paroles=[mots for cle, mots in tell_said(ctx) if not cle.startswith("c:")],
        acquis=[(t["document"]["acquis_dits"], [c.texte for c in ctx.etat.competences])],
        retenus=retenus,
        prochains_pas=[*pas, t["emporter"]["etape_conseil"]],
        contacts=write_contacts(lieux, ctx.vue.langue),
        provenance=write_provenance(ctx.moteur, reponse.config, cites),
        lien=public_link(ctx),
        facile=ctx.vue.langue == "facile",
    )
