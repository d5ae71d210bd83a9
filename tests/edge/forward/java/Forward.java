import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** An application's baggage through OpenTelemetry for Java: a line of plain text in, a line out. */
class Forward {
  private static final TextMapGetter<Map<String, String>> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
          return carrier.keySet();
        }

        @Override
        public String get(Map<String, String> carrier, String key) {
          return carrier.get(key);
        }
      };

  public static void main(String[] words) throws Exception {
    W3CBaggagePropagator propagator = W3CBaggagePropagator.getInstance();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      Map<String, String> passed = new HashMap<>();
      Context context = propagator.extract(Context.root(), Map.of("baggage", line), GETTER);
      propagator.inject(context, passed, Map::put);
      System.out.println(passed.getOrDefault("baggage", ""));
    }
  }
}
