import Testing
import TextAnalysis
import Yams

@Suite("Entities: the conformance suite of twitter-text")
struct EntityConformanceTests {
    @Test("Every case of the extraction suite gives the expected entities", .enabled(if: SharedFolder.isThere))
    func extraction() throws {
        let suite = try Suite("extract.yml")
        var count = 0
        for (name, cases) in suite.sections {
            for test in cases {
                count += 1
                let text = test["text"] as? String ?? ""
                let found = Self.found(text, section: name)
                #expect(found == Self.expected(test["expected"]), "\(name): \(test["description"] ?? "")")
            }
        }
        #expect(count == 238)
    }

    @Test("Every top-level domain ends a URL", .enabled(if: SharedFolder.isThere))
    func topLevelDomains() throws {
        var count = 0
        for (name, cases) in try Suite("tlds.yml").sections {
            for test in cases {
                count += 1
                let text = test["text"] as? String ?? ""
                #expect(contents(text, .url) == test["expected"] as? [String], "\(name): \(text)")
            }
        }
        #expect(count == 1574)
    }

    @Test("Valid hashtags, user names and lists are found whole", .enabled(if: SharedFolder.isThere))
    func validation() throws {
        let kinds: [String: Entity.Kind] = ["hashtags": .hashtag, "usernames": .mention, "lists": .listMention]
        for (name, cases) in try Suite("validate.yml").sections {
            guard let kind = kinds[name] else { continue }
            for test in cases {
                let text = test["text"] as? String ?? ""
                let found = entities(text)
                let isWhole =
                    found.count == 1 && found[0].kind == kind && found[0].start == 0
                    && found[0].end == text.unicodeScalars.count
                #expect(isWhole == test["expected"] as? Bool, "\(name): \(text)")
            }
        }
    }

    /// What is found, as `content` or `content@start-end`.
    private static func found(_ text: String, section: String) -> [String] {
        if section == "replies" { return reply(text) }
        let kinds: [Entity.Kind]
        switch section {
        case "mentions", "mentions_with_indices": kinds = [.mention]
        case "mentions_or_lists_with_indices": kinds = [.mention, .listMention]
        case "hashtags", "hashtags_from_astral", "hashtags_with_indices": kinds = [.hashtag]
        case "cashtags", "cashtags_with_indices": kinds = [.cashtag]
        default: kinds = [.url]
        }
        let hasPlaces = section.hasSuffix("_with_indices") || section == "urls_with_directional_markers"
        return entities(text).filter { kinds.contains($0.kind) }.map { entity in
            hasPlaces ? "\(entity.content)@\(entity.start)-\(entity.end)" : entity.content
        }
    }

    private static func reply(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        let user = bytes.withUnsafeBufferPointer { EntityExtractor().repliedUser($0) }
        return user.map { [String(decoding: bytes[$0], as: UTF8.self)] } ?? []
    }

    private static func expected(_ value: Any?) -> [String] {
        if let text = value as? String { return [text] }
        return (value as? [Any] ?? []).map { item in
            guard let item = item as? [String: Any] else { return item as? String ?? "" }
            let names = ["screen_name", "list_slug", "url", "hashtag", "cashtag"]
            let places = item["indices"] as? [Int] ?? []
            let content = names.compactMap { item[$0] as? String }.joined()
            return places.count == 2 ? "\(content)@\(places[0])-\(places[1])" : content
        }
    }

    private struct Suite {
        var sections: [(name: String, cases: [[String: Any]])] = []

        init(_ file: String) throws {
            let root = try Yams.load(yaml: SharedFolder.text("twitter-text/" + file)) as? [String: Any]
            for (name, cases) in root?["tests"] as? [String: Any] ?? [:] {
                sections.append((name, cases as? [[String: Any]] ?? []))
            }
            sections.sort { $0.name < $1.name }
        }
    }
}
