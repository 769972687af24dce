/* L'espace marche sans ce script : il évite de recharger la page, garde ce qui n'est pas encore envoyé, et complète. */
(() => {
  "use strict";
  const etat = document.querySelector(".etat-reseau");
  const partage = document.body.dataset.partage === "oui";
  const PREFIXE = "azimut-brouillon:";
  const principal = () => document.querySelector("main");
  const dire = texte => { if (etat) etat.textContent = texte; };

  /* Le poste partagé et la fin d'une séance ne laissent rien dans le navigateur. */
  const vider = () => { for (const cle of Object.keys(sessionStorage)) if (cle.startsWith(PREFIXE)) sessionStorage.removeItem(cle); };
  if (partage || document.querySelector("[data-efface]")) vider();

  /* Brouillons : ce qui est écrit et pas encore envoyé survit à un rechargement, dans cet onglet seulement. */
  const cleDe = formulaire => `${PREFIXE}${location.pathname.split("/").slice(0, 4).join("/")}:${formulaire.dataset.brouillon}`;
  const champsDe = formulaire => [...formulaire.elements].filter(c => c.name && c.type !== "hidden" && c.type !== "submit");
  const garder = formulaire => {
    if (partage || !formulaire.dataset.brouillon) return;
    const dits = Object.fromEntries(champsDe(formulaire).map(c => [c.name, c.value]));
    try { sessionStorage.setItem(cleDe(formulaire), JSON.stringify(dits)); } catch { /* plein : on écrit sans filet */ }
  };
  const rendre = () => {
    if (partage) return;
    for (const formulaire of document.querySelectorAll("form[data-brouillon]")) {
      const garde = sessionStorage.getItem(cleDe(formulaire));
      if (!garde) continue;
      const dits = JSON.parse(garde);
      for (const champ of champsDe(formulaire)) if (champ.name in dits) champ.value = dits[champ.name];
      const replie = formulaire.closest("details");
      if (replie) replie.open = true;
    }
  };
  document.addEventListener("input", e => { const f = e.target.form; if (f && f.dataset.brouillon) garder(f); });

  /* Un envoi : la réponse remplace l'écran ; le focus, les replis et le défilement restent où ils étaient. */
  const remplacer = (html, adresse, formulaire) => {
    const modele = document.createElement("template");
    modele.innerHTML = html;
    const neuf = modele.content.querySelector("main");
    if (!neuf) return false;
    const ouverts = new Set([...document.querySelectorAll("details[open][id]")].map(d => d.id));
    // Ce qui vient d'être ajouté se replie ; le reste garde son état.
    if (formulaire && formulaire.dataset.referme) ouverts.delete(formulaire.dataset.referme);
    const ancre = formulaire && formulaire.elements.ancre && formulaire.elements.ancre.value;
    const actif = document.activeElement && document.activeElement.id;
    // Une compétence répondue quitte sa liste : la suivante prend la main, ou à défaut la précédente.
    const aRepondre = [...document.querySelectorAll('[id^="oui-"]')].filter(b => b.checkVisibility()).map(b => b.id);
    const rang = aRepondre.indexOf((actif || "").replace(/^non-/, "oui-"));
    const voisines = rang < 0 ? [] : [...aRepondre.slice(rang + 1), ...aRepondre.slice(0, rang).reverse()];
    const defile = [...document.querySelectorAll(".suit")].map(s => s.scrollTop);
    const [x, y] = [scrollX, scrollY];
    const meme = !adresse || adresse === location.pathname;
    principal().replaceWith(document.importNode(neuf, true));
    if (meme) for (const d of document.querySelectorAll("details[id]")) if (ouverts.has(d.id)) d.open = true;
    document.querySelectorAll(".suit").forEach((s, n) => { s.scrollTop = defile[n] || 0; });
    if (neuf.dataset.titre) document.title = neuf.dataset.titre;
    if (!meme) history.pushState(null, "", adresse);
    const erreur = document.getElementById("erreur");
    if (erreur) { erreur.tabIndex = -1; erreur.focus(); }
    else {
      const retrouve = [actif, ...voisines].map(id => id && document.getElementById(id)).find(e => e && e.checkVisibility());
      const place = ancre && document.getElementById(ancre);
      const cible = retrouve || (place && (place.querySelector("summary, a, button") || place)) || principal();
      if (cible.tabIndex < 0) cible.tabIndex = -1;
      cible.focus({ preventScroll: true });
      scrollTo({ left: x, top: meme ? y : 0, behavior: "instant" });
    }
    preparer();
    // Dit après l'échange : une région muette au chargement ne serait pas lue.
    const annonce = document.querySelector(".annonce");
    if (annonce) { const mots = annonce.textContent; annonce.textContent = ""; setTimeout(() => { annonce.textContent = mots; }, 50); }
    return true;
  };
  const attendre = ms => new Promise(fini => setTimeout(fini, ms));
  let enCours = false;
  const file = [];
  const envoyer = async (formulaire, bouton) => {
    const donnees = new URLSearchParams(new FormData(formulaire, bouton));
    const adresse = (bouton && bouton.getAttribute("formaction")) || formulaire.getAttribute("action");
    principal().classList.add("attend");
    for (let essai = 0; essai < 40; essai++) {
      let reponse;
      try {
        reponse = await fetch(adresse, { method: "POST", body: donnees, headers: { "X-Fragment": "1" } });
      } catch { reponse = undefined; }
      if (reponse && ![502, 503, 504].includes(reponse.status)) {
        dire("");
        if (reponse.status === 401) { garder(formulaire); location.reload(); return; }
        if (reponse.ok) sessionStorage.removeItem(cleDe(formulaire));
        const voulue = reponse.headers.get("X-Adresse") || (reponse.redirected ? new URL(reponse.url).pathname : "");
        if (!(reponse.headers.get("content-type") || "").includes("html") || !remplacer(await reponse.text(), voulue, reponse.ok && formulaire)) location.reload();
        return;
      }
      dire("Le service redémarre ou le réseau est coupé. Ce que vous avez écrit est gardé ici : l'envoi reprend tout seul.");
      await attendre(Math.min(500 * (essai + 1), 3000));
    }
    dire("Le service ne répond pas. Ce que vous avez écrit reste à l'écran : réessayez dans un moment.");
  };
  document.addEventListener("submit", async e => {
    const formulaire = e.target;
    const adresse = (e.submitter && e.submitter.getAttribute("formaction")) || formulaire.getAttribute("action") || "";
    if (formulaire.dataset.fin) { vider(); return; }
    if (formulaire.method !== "post" || !/\/(gestes|pourquoi-pas)$/.test(adresse)) {
      if (formulaire.dataset.brouillon) sessionStorage.removeItem(cleDe(formulaire));
      return;
    }
    e.preventDefault();
    // Un appui pendant un envoi attend son tour : la version qu'il porte sera celle de l'écran suivant.
    if (enCours) { if (e.submitter && e.submitter.id) file.push(e.submitter.id); return; }
    enCours = true;
    try { await envoyer(formulaire, e.submitter); }
    finally { enCours = false; principal().classList.remove("attend"); }
    const suivant = document.getElementById(file.shift() || "");
    if (suivant) suivant.click();
  });
  document.addEventListener("change", e => {
    const formulaire = e.target.form;
    if (formulaire && formulaire.dataset.change) formulaire.requestSubmit();
  });
  addEventListener("popstate", () => location.reload());

  /* Un poste partagé laissé seul se ferme : quinze minutes sans geste, et l'écran prévient une minute avant. */
  const jeton = () => document.querySelector("[name=jeton_csrf]");
  if (partage && jeton()) {
    const AVIS = 14 * 60000, FIN = 15 * 60000, MOTS = "Sans geste, l'écran se ferme dans une minute.";
    let avis, fin;
    const relancer = () => {
      clearTimeout(avis);
      clearTimeout(fin);
      if (etat && etat.textContent === MOTS) dire("");
      avis = setTimeout(() => dire(MOTS), AVIS);
      fin = setTimeout(async () => {
        try { await fetch("/conseiller/deconnexion", { method: "POST", body: new URLSearchParams({ jeton_csrf: jeton().value }) }); }
        finally { vider(); location.replace("/conseiller/connexion"); }
      }, FIN);
    };
    for (const geste of ["pointerdown", "keydown", "scroll", "input"]) addEventListener(geste, relancer, { passive: true, capture: true });
    relancer();
  }

  const preparer = () => { rendre(); for (const champ of document.querySelectorAll("input[data-complete]")) azimutCompleter(champ, { delai: 200, lieux: ["commune"] }); };
  preparer();
})();
