// Writes mentions to a topic by a schedule that does not wait for anybody, each stamped with the time at which it was due.
//
//   load BROKERS TOPIC PARTITIONS RATE SECONDS    RATE records a second for SECONDS
//   load BROKERS TOPIC PARTITIONS 0 RECORDS       so many, as fast as they can be written
//
// metrics.views holds the time, microseconds since 1970. Beside the records there is a probe for each partition every
// 10 ms (brand probe-0, probe-1, …; platform x; the last record of each partition is one), and every 40 ms an alarm:
// a record with more than a million likes. Prints: records in all, alarms, the first and the last time, and by how many
// seconds it was behind its schedule at worst.
#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEMPLATES = 4096, BRANDS = 200, PARTITIONS_MAX = 64, PROBE_US = 10000, ALARM_US = 40000, REST_US = 1000 };

typedef struct {
    char text[640];
    size_t length, id, created_at, views;
} record;

static rd_kafka_t *client;
static rd_kafka_topic_t *topic;
static record templates[TEMPLATES], probes[PARTITIONS_MAX], alarm_record;
static int64_t records, alarms, failures, behind_us;
static uint64_t seed = 20261125;

static uint64_t random_number(void) {
    // xorshift64*, Vigna 2016.
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 0x2545f4914f6cdd1d;
}

static int64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void fill(record *made, const char *brand, const char *platform, int likes) {
    static const char *words[] = {"phone", "love", "service", "terrible", "update", "great", "broken", "delivery",
                                  "the",   "my",   "battery", "really",   "price",  "happy", "refund", "team"};
    char text[256] = "";
    size_t wanted = 100 + random_number() % 100;
    while (strlen(text) < wanted) {
        strcat(text, words[random_number() % 16]);
        strcat(text, " ");
    }
    int length = snprintf(
        made->text, sizeof made->text,
        "{\"id\":\"%016d\",\"platform\":\"%s\",\"author\":{\"id\":\"u%09d\",\"followers\":%d},\"text\":\"%s\","
        "\"lang\":\"en\",\"created_at\":%013d,\"brand\":\"%s\",\"metrics\":{\"likes\":%d,\"shares\":%d,"
        "\"comments\":%d,\"views\":%016d}}",
        0, platform, (int)(random_number() % 200000000), (int)(random_number() % 100000), text, 0, brand, likes,
        (int)(random_number() % 40), (int)(random_number() % 20), 0);
    made->length = (size_t)length;
    made->id = (size_t)(strstr(made->text, "\"id\":\"") - made->text) + 6;
    made->created_at = (size_t)(strstr(made->text, "created_at\":") - made->text) + 12;
    made->views = (size_t)(strstr(made->text, "views\":") - made->text) + 7;
}

static void make_records(int partitions) {
    static const char *platforms[] = {"x", "x", "reddit", "tiktok", "instagram", "youtube", "bluesky", "x"};
    double weights[BRANDS], total = 0;
    char brand[32];
    for (int index = 0; index < BRANDS; index++) weights[index] = total += 1.0 / (index + 1);
    for (int index = 0; index < TEMPLATES; index++) {
        double draw = total * (double)(random_number() >> 11) / (double)(1ULL << 53);
        int number = 0;
        while (weights[number] < draw) number++;
        snprintf(brand, sizeof brand, "brand-%d", number);
        fill(&templates[index], brand, platforms[random_number() % 8], (int)(random_number() % 300));
    }
    for (int index = 0; index < partitions; index++) {
        snprintf(brand, sizeof brand, "probe-%d", index);
        fill(&probes[index], brand, "x", 1);
    }
    fill(&alarm_record, "alarm", "x", 2000000);
}

static void digits(char *place, int width, int64_t value) {
    for (; width > 0; value /= 10) place[--width] = (char)('0' + value % 10);
}

static void put(record *what, int partition, int64_t due_us) {
    // JSON knows no number with leading zeros: both times have as many digits as their fields until the year 2286.
    digits(what->text + what->id, 16, records);
    digits(what->text + what->created_at, 13, due_us / 1000);
    digits(what->text + what->views, 16, due_us);
    while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, what->text, what->length, NULL, 0, NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            fprintf(stderr, "load: %s\n", rd_kafka_err2str(rd_kafka_last_error()));
            exit(1);
        }
        rd_kafka_poll(client, 1);
    }
    records++;
}

static void delivered(rd_kafka_t *from, const rd_kafka_message_t *message, void *opaque) {
    (void)from;
    (void)opaque;
    failures += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void set(rd_kafka_conf_t *settings, const char *name, const char *value) {
    char error[512];
    if (rd_kafka_conf_set(settings, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "load: %s\n", error);
        exit(1);
    }
}

static void open_topic(const char *brokers, const char *name) {
    char error[512];
    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    set(settings, "bootstrap.servers", brokers);
    set(settings, "compression.codec", "lz4");
    set(settings, "linger.ms", "5");
    set(settings, "batch.num.messages", "10000");
    set(settings, "queue.buffering.max.messages", "500000");
    rd_kafka_conf_set_dr_msg_cb(settings, delivered);
    client = rd_kafka_new(RD_KAFKA_PRODUCER, settings, error, sizeof error);
    if (client == NULL) {
        fprintf(stderr, "load: %s\n", error);
        exit(1);
    }
    topic = rd_kafka_topic_new(client, name, NULL);
}

int main(int count, char **arguments) {
    if (count != 6) {
        fprintf(stderr, "usage: load BROKERS TOPIC PARTITIONS RATE SECONDS|RECORDS\n");
        return 2;
    }
    int partitions = atoi(arguments[3]);
    double rate = atof(arguments[4]), amount = atof(arguments[5]);
    int64_t wanted = (int64_t)(rate > 0 ? rate * amount : amount), sent = 0;
    if (partitions > PARTITIONS_MAX) return 2;
    make_records(partitions);
    open_topic(arguments[1], arguments[2]);
    int64_t start = now_us(), probe = start, alarm = start, due = start;
    while (sent < wanted) {
        int64_t now = now_us();
        for (; probe <= now; probe += PROBE_US)
            for (int lane = 0; lane < partitions; lane++) put(&probes[lane], lane, probe);
        for (; alarm <= now; alarm += ALARM_US, alarms++) put(&alarm_record, (int)(alarms % partitions), alarm);
        // A batch at a time where there is no schedule, so that probes keep theirs.
        for (int64_t last = sent + 1000; sent < wanted && (rate > 0 || sent < last); sent++) {
            due = rate > 0 ? start + (int64_t)((double)sent * 1e6 / rate) : now;
            if (due > now) break;
            put(&templates[random_number() % TEMPLATES], (int)(sent % partitions), due);
        }
        int64_t behind = now_us() - now;
        if (rate > 0 && behind > behind_us) behind_us = behind;
        rd_kafka_poll(client, 0);
        if (rate > 0) {
            struct timespec rest = {0, REST_US * 1000};
            nanosleep(&rest, NULL);
        }
    }
    due = now_us();
    for (int lane = 0; lane < partitions; lane++) put(&probes[lane], lane, due);
    rd_kafka_flush(client, 60000);
    if (failures > 0 || rd_kafka_outq_len(client) > 0) {
        fprintf(stderr, "load: %ld records were not taken\n", (long)failures + rd_kafka_outq_len(client));
        return 1;
    }
    printf("%ld %ld %ld %ld %f\n", (long)records, (long)alarms, (long)start, (long)due, (double)behind_us / 1e6);
}
