import Columnar
package import Dataflow
package import Primitives

/// The files that operators write where memory has no room for their state.
package enum SpilledRuns {
    /// Reads all of a file, whichever operator has written it; a fault names it if it is damaged.
    package static func verify(_ name: String, in folder: SpillFolder) throws(Fault) {
        let file = try folder.open(name)
        let count = RowRunFormat.trailerByteCount
        if file.byteCount >= count {
            let trailer = try file.read(at: file.byteCount - count, count: count)
            if let format = trailer.withUnsafeBytes({ RowRunFormat(trailer: $0) }) {
                let run = try RowRun.open(name, groups: [:], in: folder)
                var rowCount = 0
                for page in run.pages.indices { rowCount += try run.read(page).rowCount }
                guard rowCount == format.rowCount else { throw file.damage }
                return
            }
        }
        let pages = try SeenRunPages(opening: file)
        var page = 0
        while page < pages.format.pageCount {
            let chunk = pages.chunk(from: page)
            _ = try pages.read(chunk)
            page = chunk.upperBound
        }
    }
}
