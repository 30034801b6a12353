package conformance;

import checks.Expect;
import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageId;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.RemotingClient;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/** Requests by code and fields, over the client's own connections, for what its methods would never send. */
class Raw {
  private static final long TIMEOUT_MS = 10_000;
  final String broker;
  private final RemotingClient client;

  Raw(DefaultMQProducer started) throws Exception {
    client = started.getDefaultMQProducerImpl().getMqClientFactory().getMQClientAPIImpl().getRemotingClient();
    String topic = Scene.CLUSTER;
    var route = started.getDefaultMQProducerImpl().getMqClientFactory().getMQClientAPIImpl()
        .getTopicRouteInfoFromNameServer(topic, TIMEOUT_MS);
    broker = route.getBrokerDatas().get(0).selectBrokerAddr();
  }

  RemotingCommand broker(int code, Object... fields) throws Exception {
    return call(broker, code, null, fields);
  }

  RemotingCommand broker(int code, byte[] body, Object... fields) throws Exception {
    return call(broker, code, body, fields);
  }

  RemotingCommand nameServer(int code, Object... fields) throws Exception {
    return call(Scene.nameServer, code, null, fields);
  }

  void oneway(int code, Object... fields) throws Exception {
    client.invokeOneway(broker, request(code, null, fields), TIMEOUT_MS);
  }

  private RemotingCommand call(String address, int code, byte[] body, Object... fields) throws Exception {
    return client.invokeSync(address, request(code, body, fields), TIMEOUT_MS);
  }

  private static RemotingCommand request(int code, byte[] body, Object... fields) {
    RemotingCommand request = RemotingCommand.createRequestCommand(code, null);
    HashMap<String, String> ext = new HashMap<>();
    for (int i = 0; i < fields.length; i += 2) ext.put((String) fields[i], String.valueOf(fields[i + 1]));
    request.setExtFields(ext);
    if (body != null) request.setBody(body);
    return request;
  }

  /** Fields of SEND_MESSAGE (code 10). */
  static Object[] send(String group, String topic, int queueId, int sysFlag, String properties) {
    return new Object[] {
      "producerGroup", group, "topic", topic, "defaultTopic", "TBW102", "defaultTopicQueueNums", 4, "queueId", queueId,
      "sysFlag", sysFlag, "bornTimestamp", System.currentTimeMillis(), "flag", 0, "properties", properties,
      "reconsumeTimes", 0, "unitMode", false, "batch", false, "maxReconsumeTimes", 16
    };
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static MessageId locator(String offsetMessageId) throws Exception {
    return MessageDecoder.decodeMessageId(offsetMessageId);
  }

  /** `0 'remark' {a=1,b=2}`: code, remark and fields, without what differs from run to run. */
  static String shape(RemotingCommand answer) {
    Map<String, String> fields = new TreeMap<>();
    if (answer.getExtFields() != null) fields.putAll(answer.getExtFields());
    fields.replaceAll((name, value) -> Expect.steady(value));
    String body = answer.getBody() == null ? "" : " body";
    String remark = Expect.steady(answer.getRemark());
    return answer.getCode() + " '" + remark + "' " + fields.toString().replace(", ", ",") + body;
  }

  /** As `shape`, without these fields' values, which others change too. */
  static String shapeBut(RemotingCommand answer, String... hidden) {
    for (String name : hidden) answer.getExtFields().computeIfPresent(name, (key, value) -> "told");
    return shape(answer);
  }

  /** A JSON body with its keys sorted, without what differs from run to run. */
  static String json(RemotingCommand answer) {
    if (answer.getBody() == null) return "none";
    Object parsed = JSON.parse(new String(answer.getBody(), StandardCharsets.UTF_8));
    return Expect.steady(JSON.toJSONString(parsed, JSONWriter.Feature.MapSortField)).replaceAll("NAME[-_\\w]*", "NAME");
  }

  static String shape(MessageExt message) {
    return "sysFlag " + message.getSysFlag() + " flag " + message.getFlag() + " properties "
        + Scene.propertyNames(message);
  }
}
