import Dataflow
import Hummingbird
import NIOCore
import Primitives

/// Open incidents, and the call by which somebody says that they have seen one:
///
///     GET  /incidents
///     POST /incidents/incident_0123456789abcdef/acknowledge?by=ann
struct IncidentRoutes: Sendable {
    private static let whoMax = 100

    /// The run, once there is one.
    let run: @Sendable () -> PipelineRun?

    func add(to router: Router<BasicRequestContext>) {
        router.get("/incidents") { _, _ in
            StatusRoutes.response(Self.list(run()?.incidents.open ?? []), "application/json")
        }
        router.post("/incidents/:incident/acknowledge") { request, context in
            // A page of another site that somebody has open must not acknowledge in their name.
            guard Self.isOfThisSite(request) else { return Self.answer("another site asks", .forbidden) }
            let incident = context.parameters.get("incident") ?? ""
            // One line: it stands in titles.
            let given = String(request.uri.queryParameters.get("by")?.prefix(Self.whoMax) ?? "")
            let who = given.split { $0.isNewline || $0.isWhitespace }.joined(separator: " ")
            do throws(Fault) {
                guard let run = run(), try run.acknowledge(incident, by: who) else {
                    return Self.answer("no such incident is open", .notFound)
                }
                return Self.answer("acknowledged", .ok)
            } catch {
                return Self.answer(error.message, .internalServerError)
            }
        }
    }

    private static func isOfThisSite(_ request: Request) -> Bool {
        guard let origin = request.headers[.origin] else { return true }
        let host = request.head.authority ?? ""
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    private static func answer(_ text: String, _ status: HTTPResponse.Status) -> Response {
        var json = JSONObjectText()
        json.member("result", text)
        return StatusRoutes.response(
            String(decoding: json.finish(), as: UTF8.self), "application/json", status: status)
    }

    private static func list(_ incidents: [IncidentBoard.Open]) -> String {
        var json = JSONObjectText()
        json.object("incidents") { json in
            for incident in incidents {
                json.object(incident.name) { json in
                    json.member("operator", incident.operatorName)
                    json.member("severity", incident.severity)
                    json.member("title", incident.title)
                    json.member("message", incident.message)
                    json.member("started_at", Timestamp.format(incident.startedAt))
                    json.member("acknowledged", incident.isAcknowledged)
                }
            }
        }
        return String(decoding: json.finish(), as: UTF8.self)
    }
}
