// W2 and W3 by hand on one thread: simdjson and hash tables, no engine, nothing durable. The least that the work costs.
//
//   limit W2|W3 INPUT OUTPUT    prints the seconds it took
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int64_t window_ms = 10'000, delay_ms = 5'000, horizon_ms = 60'000;

uint64_t hash(std::string_view text) {
    // Multiply and fold, eight bytes at a time.
    auto mix = [](uint64_t left, uint64_t right) {
        __uint128_t product = static_cast<__uint128_t>(left) * right;
        return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    };
    uint64_t state = 0x9e3779b97f4a7c15 ^ text.size();
    const char *at = text.data();
    size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        state = mix(state ^ word, 0xd6e8feb86659fd93);
    }
    uint64_t word = 0;
    memcpy(&word, at, left);
    return mix(state ^ word, 0xa0761d6478bd642f);
}

/// Numbers for the few names of a column.
class Names {
public:
    size_t number(std::string_view name) {
        for (size_t slot = hash(name) % slots_.size();; slot = (slot + 1) % slots_.size()) {
            if (slots_[slot] == 0) {
                names_.emplace_back(name);
                slots_[slot] = names_.size();
                return names_.size() - 1;
            }
            if (names_[slots_[slot] - 1] == name) return slots_[slot] - 1;
        }
    }
    const std::string &name(size_t number) const { return names_[number]; }

private:
    std::vector<size_t> slots_ = std::vector<size_t>(4096);
    std::deque<std::string> names_;
};

/// The last time of each id, by a 64-bit hash, in two tables: one that fills, and the one before it.
class Seen {
public:
    bool is_repeated(std::string_view id, int64_t time) {
        if (time - turned_ > horizon_ms + delay_ms) {
            old_ = std::move(young_);
            young_ = Table();
            turned_ = time;
        }
        uint64_t key = hash(id) | 1;
        int64_t last = std::max(young_.last(key), old_.last(key));
        young_.put(key, std::max(last, time));
        return time - last <= horizon_ms;
    }

private:
    struct Table {
        std::vector<std::pair<uint64_t, int64_t>> slots = std::vector<std::pair<uint64_t, int64_t>>(1 << 16);
        size_t count = 0;

        size_t slot(uint64_t key) const {
            size_t mask = slots.size() - 1, at = key >> 20 & mask;
            while (slots[at].first != 0 && slots[at].first != key) at = (at + 1) & mask;
            return at;
        }
        int64_t last(uint64_t key) const {
            const auto &found = slots[slot(key)];
            return found.first == key ? found.second : INT64_MIN / 2;
        }
        void put(uint64_t key, int64_t time) {
            auto &place = slots[slot(key)];
            if (place.first == 0 && ++count * 2 > slots.size()) {
                std::vector<std::pair<uint64_t, int64_t>> before(slots.size() * 2);
                before.swap(slots);
                for (const auto &entry : before)
                    if (entry.first != 0) slots[slot(entry.first)] = entry;
                slots[slot(key)] = {key, time};
            } else {
                place = {key, time};
            }
        }
    };
    Table young_, old_;
    int64_t turned_ = 0;
};

struct Totals {
    uint64_t mentions = 0, engagement = 0, followers = 0, likes_max = 0;
};

/// Open windows, the oldest first, each an array by brand and platform.
class Windows {
public:
    explicit Windows(FILE *output) : output_(output) {}

    Totals &totals(std::string_view brand, std::string_view platform, int64_t time) {
        int64_t window = time / window_ms;
        if (open_.empty()) first_ = window;
        for (; window < first_; first_--) open_.emplace_front();
        while (window - first_ >= static_cast<int64_t>(open_.size())) open_.emplace_back();
        auto &groups = open_[window - first_];
        size_t index = brands_.number(brand) * platforms_max + platforms_.number(platform);
        if (groups.size() <= index) groups.resize(std::max<size_t>(index + 1, 256 * platforms_max));
        return groups[index];
    }

    void close(int64_t watermark) {
        for (; !open_.empty() && (first_ + 1) * window_ms <= watermark; open_.pop_front(), first_++) {
            const auto &groups = open_.front();
            for (size_t index = 0; index < groups.size(); index++) {
                const Totals &group = groups[index];
                if (group.mentions == 0) continue;
                fprintf(output_, "%s,%s,%ld,%lu,%lu,%.17g,%lu\n", brands_.name(index / platforms_max).c_str(),
                    platforms_.name(index % platforms_max).c_str(), first_ * window_ms, group.mentions,
                    group.engagement, double(group.followers) / double(group.mentions), group.likes_max);
            }
        }
    }

private:
    static constexpr size_t platforms_max = 8;
    FILE *output_;
    Names brands_, platforms_;
    std::deque<std::vector<Totals>> open_;
    int64_t first_ = 0;
};

struct Job {
    bool is_deduped;
    Windows windows;
    Seen seen{};
    simdjson::ondemand::parser parser{};
    int64_t newest = 0;

    void take(const char *line, size_t length) {
        using simdjson::ondemand::object;
        auto document = parser.iterate(line, length, length + simdjson::SIMDJSON_PADDING);
        object mention = document.get_object();
        std::string_view id, platform, brand;
        if (is_deduped) id = mention["id"].get_string();
        platform = mention["platform"].get_string();
        uint64_t followers = mention["author"]["followers"].get_uint64();
        int64_t time = mention["created_at"].get_int64();
        if (!is_deduped || !seen.is_repeated(id, time)) {
            brand = mention["brand"].get_string();
            object metrics = mention["metrics"].get_object();
            uint64_t likes = metrics["likes"].get_uint64(), shares = metrics["shares"].get_uint64();
            uint64_t comments = metrics["comments"].get_uint64();
            Totals &group = windows.totals(brand, platform, time);
            group.mentions++;
            group.engagement += likes + shares + comments;
            group.followers += followers;
            group.likes_max = std::max(group.likes_max, likes);
        }
        if (time > newest) {
            newest = time;
            windows.close(newest - delay_ms);
        }
    }
};

}  // namespace

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: limit W2|W3 INPUT OUTPUT\n");
        return 2;
    }
    auto started = std::chrono::steady_clock::now();
    int input = open(arguments[2], O_RDONLY);
    FILE *output = fopen(arguments[3], "w");
    if (input < 0 || output == nullptr) {
        perror("limit");
        return 1;
    }
    setvbuf(output, nullptr, _IOFBF, 1 << 20);
    Job job{std::string_view(arguments[1]) == "W3", Windows(output)};
    constexpr size_t chunk = 1 << 20;
    std::vector<char> bytes(2 * chunk + simdjson::SIMDJSON_PADDING);
    size_t held = 0;
    for (ssize_t taken; (taken = read(input, bytes.data() + held, chunk)) > 0;) {
        const char *at = bytes.data(), *end = at + held + taken;
        while (auto *newline = static_cast<const char *>(memchr(at, '\n', end - at))) {
            job.take(at, newline - at);
            at = newline + 1;
        }
        held = end - at;
        memmove(bytes.data(), at, held);
    }
    job.windows.close(INT64_MAX);
    fclose(output);
    printf("%f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
}
