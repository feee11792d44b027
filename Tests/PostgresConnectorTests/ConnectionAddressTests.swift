import PostgresConnector
import Primitives
import Testing

@Suite("Connection addresses")
struct ConnectionAddressTests {
    @Test("a URL and libpq's keywords name the same place, without the password")
    func describe() throws {
        let url = try ConnectionAddress("postgres://ann:s3cret@db.example:5433/social?sslmode=disable")
        #expect(url.description == "host db.example, port 5433, database social, user ann")
        let keywords = try ConnectionAddress("host=db.example port=5433 dbname=social user=ann password=s3cret")
        #expect(keywords.description == url.description)
    }

    @Test(
        "an address that cannot be read is a fault that shows no piece of it",
        arguments: [
            "", "nonsense", "postgres://ann:p4ss@rest@db.example/social", "postgres://ann:p4ss/rest@db.example/social",
            "host=db.example p4ssrest", "postgres://ann:p4ss%zzrest@db.example/social", "http://ann:p4ss@db.example/",
        ])
    func malformed(text: String) {
        let fault = #expect(throws: Fault.self) { try ConnectionAddress(text) }
        #expect(fault?.code == "postgres.url")
        #expect(fault?.description.contains("p4ss") == false)
        #expect(fault?.description.contains("rest") == false)
    }
}
