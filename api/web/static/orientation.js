/* Le chemin marche sans ce script : il complète ce qu'on écrit, lit à voix haute, garde une réponse hors ligne et efface une borne. */
(() => {
  "use strict";
  const { body } = document;
  const { mode, debut } = body.dataset;
  document.documentElement.classList.add("script");

  /* Compléter une commune, un métier, un diplôme : une liste à parcourir aux flèches, jamais imposée. */
  const chercher = async (nature, debutTexte, signal) => {
    const lieux = nature === "territoires";
    const adresse = `/api/v1/${lieux ? "territoires" : "suggestions"}?limite=6&q=${encodeURIComponent(debutTexte)}${lieux ? "" : `&nature=${nature}`}`;
    const reponse = await fetch(adresse, { signal });
    if (!reponse.ok) return [];
    const lu = await reponse.json();
    return lieux ? lu.territoires.filter(l => l.nature !== "region").map(l => l.libelle) : lu.suggestions.map(s => s.trouve);
  };
  for (const champ of document.querySelectorAll("input[data-complete]")) {
    const liste = document.createElement("ul");
    liste.className = "suggestions";
    liste.id = `${champ.id}-suggestions`;
    liste.setAttribute("role", "listbox");
    liste.setAttribute("aria-label", champ.labels[0].textContent);
    champ.after(liste);
    for (const [nom, valeur] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", liste.id], ["aria-expanded", "false"]]) champ.setAttribute(nom, valeur);
    let actif = -1, demande, attente;
    const options = () => [...liste.children];
    const fermer = () => { liste.replaceChildren(); actif = -1; champ.setAttribute("aria-expanded", "false"); champ.removeAttribute("aria-activedescendant"); };
    const choisir = option => { champ.value = option.textContent; fermer(); champ.focus(); };
    const montrer = noms => {
      fermer();
      liste.replaceChildren(...[...new Set(noms)].map((nom, rang) => {
        const option = document.createElement("li");
        option.id = `${liste.id}-${rang}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = nom;
        option.addEventListener("mousedown", e => e.preventDefault()); // le champ garde le focus ; on choisit en relâchant
        option.addEventListener("click", () => choisir(option));
        return option;
      }));
      champ.setAttribute("aria-expanded", String(noms.length > 0));
    };
    champ.addEventListener("input", () => {
      clearTimeout(attente);
      demande?.abort();
      const texte = champ.value.trim();
      if (texte.length < 2) return fermer();
      attente = setTimeout(async () => {
        demande = new AbortController();
        try { montrer(await chercher(champ.dataset.complete, texte, demande.signal)); } catch { /* sans complétion, on écrit */ }
      }, 250);
    });
    champ.addEventListener("keydown", e => {
      const toutes = options();
      if (e.key === "Escape") return fermer();
      if (e.key === "Enter" && actif >= 0) { e.preventDefault(); return choisir(toutes[actif]); }
      if ((e.key !== "ArrowDown" && e.key !== "ArrowUp") || !toutes.length) return;
      e.preventDefault();
      actif = (actif + (e.key === "ArrowDown" ? 1 : -1) + toutes.length) % toutes.length;
      toutes.forEach((o, rang) => o.setAttribute("aria-selected", String(rang === actif)));
      champ.setAttribute("aria-activedescendant", toutes[actif].id);
    });
    // Fermer plus tard : un bouton qui bougerait sous le doigt perdrait son appui.
    champ.addEventListener("blur", () => { clearTimeout(attente); demande?.abort(); setTimeout(fermer, 300); });
  }

  /* Lire l'écran à voix haute, par le navigateur : rien n'est envoyé. */
  const bouton = document.querySelector(".ecouter");
  const voix = self.speechSynthesis;
  if (bouton && voix) {
    bouton.hidden = false;
    const fin = () => { bouton.textContent = bouton.dataset.ecouter; bouton.setAttribute("aria-pressed", "false"); };
    bouton.addEventListener("click", () => {
      if (voix.speaking) { voix.cancel(); return fin(); }
      const lus = document.querySelectorAll("main h1, main .erreur, main .chapeau, main h2, main h3, main p:not(.etat-reseau), main label, main dt, main dd, main li, main form button");
      const texte = [...lus].filter(e => e.offsetParent && !e.closest("details:not([open])") && !e.querySelector("p, h3, dt, li, label, button")).map(e => e.innerText.trim()).filter(Boolean).map(t => /[.!?:…]$/.test(t) ? t : `${t}.`).join(" ");
      const parole = new SpeechSynthesisUtterance(texte);
      parole.lang = "fr-FR";
      parole.rate = .95;
      parole.onend = parole.onerror = fin;
      bouton.textContent = bouton.dataset.arreter;
      bouton.setAttribute("aria-pressed", "true");
      voix.speak(parole);
    });
    addEventListener("pagehide", () => voix.cancel());
  }

  const imprimer = document.querySelector(".imprimer");
  if (imprimer) { imprimer.hidden = false; imprimer.addEventListener("click", () => print()); }

  /* Hors ligne, la réponse reste sur l'écran et part dès que le réseau revient, trente secondes durant. */
  const etat = document.querySelector(".etat-reseau");
  let gardee, fin;
  addEventListener("submit", e => {
    if (navigator.onLine) return;
    e.preventDefault();
    gardee = [e.target, e.submitter];
    etat.textContent = etat.dataset.horsLigne;
    clearTimeout(fin);
    fin = setTimeout(() => { gardee = undefined; etat.textContent = etat.dataset.fini; }, 30000);
  });
  addEventListener("online", () => {
    if (!gardee) return;
    const [formulaire, envoi] = gardee;
    gardee = undefined;
    clearTimeout(fin);
    etat.textContent = "";
    formulaire.requestSubmit(envoi || undefined);
  });

  /* Sur une borne, quatre-vingt-dix secondes sans geste effacent tout ; l'écran prévient vingt secondes avant. */
  if (mode === "borne") {
    let repos, avis;
    const relancer = () => {
      clearTimeout(avis);
      clearTimeout(repos);
      if (etat.textContent === etat.dataset.bientot) etat.textContent = "";
      avis = setTimeout(() => { etat.textContent = etat.dataset.bientot; }, 70000);
      repos = setTimeout(() => location.replace(debut), 90000);
    };
    for (const geste of ["pointerdown", "keydown", "scroll", "input"]) addEventListener(geste, relancer, { passive: true, capture: true });
    relancer();
  }
})();
