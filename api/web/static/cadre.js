/* Dans la page d'un hôte : dire sa hauteur et l'écran montré, à l'origine exacte qui l'a demandé, et rien de la personne. */
(() => {
  "use strict";
  if (parent === self) return;
  let hote = "";
  const dire = (type, reste) => hote && parent.postMessage({ type, ...reste }, hote);
  const mesurer = () => dire("azimut:hauteur", { hauteur: Math.ceil(document.body.getBoundingClientRect().bottom + scrollY) });
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || !/^https?:/.test(origin) || !data || data.type !== "azimut:bonjour" || hote) return;
    hote = origin;
    const { ecran } = document.body.dataset;
    dire("azimut:pret");
    mesurer();
    if (ecran === "resultats") dire("azimut:resultat", { nombre: document.querySelectorAll("article.carte").length });
    if (ecran === "conseiller") dire("azimut:conseiller");
    new ResizeObserver(mesurer).observe(document.body);
  });
})();
