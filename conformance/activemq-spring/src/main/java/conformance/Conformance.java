package conformance;

import checks.Checks;

/** `Conformance HOST:PORT [PART OF A NAME]` */
public class Conformance {
  public static void main(String[] args) throws Exception {
    Scene.url = "tcp://" + args[0];
    Checks<Scene> checks = new Checks<>(Scene::new, args.length > 1 ? args[1] : "");
    Templates.addTo(checks);
    Listeners.addTo(checks);
    checks.runAll();
  }
}
