import Dataflow
import Primitives
import TextAnalysis

/// Finds the folder of a model that a pipeline file names.
enum ModelPlace {
    /// The folder of each model that ships, with the version that is current.
    static let shipped = ["transformer": "posts-2", "fast": "fast-1", "language": "language-2"]

    /// - Parameters:
    ///   - name: the name of a model that ships, or a path from the pipeline file's folder.
    ///   - names: those that may be named here.
    /// - Throws: `model.unknown`, `model.folder_missing`.
    static func folder(_ name: String, names: [String], _ context: PlanContext) throws(Fault) -> String {
        if let folder = shipped[name], names.contains(name) {
            guard let directory = context.models.directory else {
                throw Fault(
                    "model.folder_missing", "there is no folder of models to find `\(name)` in",
                    hint: "set MARTLET_MODELS to the folder `models` of the distribution")
            }
            return directory + "/" + folder
        }
        guard name.contains("/") || name.contains(".") else {
            let nearest = Spelling.nearest(name, names)
            throw Fault(
                "model.unknown", "there is no model `\(name)`",
                hint: nearest.map { "did you mean `\($0)`?" } ?? "a folder is written with a slash: ./\(name)")
        }
        return context.resolve(name)
    }

    /// The linear model in a folder, read once for all who name it.
    /// - Throws: what is wrong with the folder.
    static func linear(_ folder: String, _ context: PlanContext) throws(Fault) -> LinearModel {
        try context.models.shared.model(at: "linear " + folder) { () throws(Fault) in
            do throws(Fault) {
                return try LinearModel { name throws(Fault) in try context.models.read(folder + "/" + name) }
            } catch {
                throw error.within(folder)
            }
        }
    }

    /// The encoder in a folder, read once for all who name it.
    /// - Throws: what is wrong with the folder.
    static func encoder(_ folder: String, _ context: PlanContext) throws(Fault) -> SharedEncoder {
        try context.models.shared.model(at: "encoder " + folder) { () throws(Fault) in
            try SharedEncoder(folder, context.models)
        }
    }
}

extension Fault {
    /// The same of a folder, which its detail names.
    func within(_ folder: String) -> Fault {
        var fault = self
        fault.detail = [folder, detail].compactMap { $0 }.joined(separator: ": ")
        return fault
    }
}
