// Everything is made: show it.

if (table) {
  startRuns();
  listeners.ticked.push(sideBySide);
  startCurves();
  startParallel();
  startScatter();
  startGroups();
  changed("ticked");
}
byId("without-scripts").hidden = true;
document.documentElement.dataset.ready = "yes";
