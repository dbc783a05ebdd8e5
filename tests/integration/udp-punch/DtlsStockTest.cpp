// Our DTLS with clients and servers that others wrote: OpenSSL's own and GnuTLS.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/pem.h>

#include <array>

#include "plugins/transport/udp-punch/dtls/Context.h"
#include "tests/integration/udp-punch/DtlsLink.h"
#include "tests/support/Certificates.h"
#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

namespace gimlet::udp_punch::dtls::test
{

namespace
{

using gimlet::test::Process;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* LABEL = "EXPORTER-gimlet-verify";

std::string fingerprintOfPem(const std::string& pem)
{
	const std::unique_ptr<BIO, Free<BIO, BIO_vfree>> bio{
		BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
	const std::unique_ptr<X509, Free<X509, X509_free>> certificate{
		PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
	return fingerprintOf(derOf(certificate.get()), "sha-256");
}

/// A port that nothing listens on.
std::uint16_t freePort()
{
	return UdpSocket{ListenAddress{Endpoint::loopback(AF_INET, 0)}}.local().port();
}

}

class DtlsStock : public testing::Test
{
protected:
	DtlsStock()
	{
		const gimlet::test::CertificateAuthority authority;
		const auto issued = authority.issue({.names = {"localhost"}, .addresses = {}});
		_certificate = _folder.write("certificate.pem", issued.certificate);
		_key = _folder.write("key.pem", issued.key);
		link.configuration.peerFingerprint = fingerprintOfPem(issued.certificate);
		link.configuration.mtu = 600;
	}

	Process openssl(std::vector<std::string> arguments)
	{
		arguments.insert(arguments.begin(), "openssl");
		arguments.insert(arguments.end(), {"-dtls1_2", "-cert", _certificate, "-key", _key, "-mtu", "1200",
											  "-keymatexport", LABEL, "-keymatexportlen", "32"});
		return Process({.arguments = std::move(arguments), .environment = {}, .folder = {}});
	}
	Process gnutls(std::vector<std::string> arguments)
	{
		arguments.insert(arguments.end(),
			{"--udp", "--mtu", "1200", "--x509certfile", _certificate, "--x509keyfile", _key, "--priority",
				"NORMAL:-VERS-ALL:+VERS-DTLS1.2", "--keymatexport", LABEL, "--keymatexportsize", "32"});
		return Process({.arguments = std::move(arguments), .environment = {}, .folder = {}});
	}

	/// @param format Of one byte.
	std::string exported(const char* format) const
	{
		std::array<std::uint8_t, 32> key{};
		EXPECT_TRUE(link.session->exportKey(LABEL, key));
		std::string text;
		for (const auto byte : key)
			text += fmt::format(fmt::runtime(format), byte);
		return text;
	}

	/// Both ways, and then we say goodbye.
	void talk(Process& other, bool echo = false)
	{
		link.session->send(asBytes("from gimlet\n"));
		if (!echo)
		{
			other.waitForOutput("from gimlet");
			other.write("from the other\n");
		}
		const std::string answer = echo ? "from gimlet\n" : "from the other\n";
		EXPECT_TRUE(link.run([&] { return link.received == answer; })) << link.received;
		EXPECT_LE(link.largest, 600U);
		link.session->close();
	}

	DtlsLink link;

private:
	gimlet::test::TempFolder _folder;
	std::string _certificate;
	std::string _key;
};

TEST_F(DtlsStock, OpenSslsServer)
{
	auto server = openssl({"s_server", "-accept", "127.0.0.1:0", "-Verify", "1"});
	link.peer = Endpoint::loopback(
		AF_INET, static_cast<std::uint16_t>(std::stoi(server.waitForOutput("ACCEPT .*:([0-9]+)"))));
	link.start(Role::Client);
	ASSERT_TRUE(link.open()) << link.session->error();
	EXPECT_EQ(server.waitForOutput("Keying material: ([0-9A-F]+)"), exported("{:02X}"));
	talk(server);
	server.waitForOutput("DONE|CONNECTION CLOSED");
}

TEST_F(DtlsStock, OpenSslsClient)
{
	link.start(Role::Server);
	auto client = openssl({"s_client", "-connect", fmt::format("127.0.0.1:{}", link.port())});
	ASSERT_TRUE(link.open()) << link.session->error();
	EXPECT_EQ(client.waitForOutput("Keying material: ([0-9A-F]+)"), exported("{:02X}"));
	talk(client);
	client.waitForOutput("closed");
}

TEST_F(DtlsStock, GnuTlssServerThatAsksForACookie)
{
	const auto port = freePort();
	auto server = gnutls({"gnutls-serv", "--echo", "--require-client-cert", "--port", std::to_string(port)});
	server.waitForError("listening on IPv4 .*done");
	link.peer = Endpoint::loopback(AF_INET, port);
	link.start(Role::Client);
	ASSERT_TRUE(link.open()) << link.session->error();
	talk(server, true);
}

TEST_F(DtlsStock, GnuTlssClient)
{
	link.start(Role::Server);
	auto client = gnutls({"gnutls-cli", "--insecure", "--port", std::to_string(link.port()), "127.0.0.1"});
	ASSERT_TRUE(link.open()) << link.session->error();
	EXPECT_EQ(client.waitForOutput("Key material: ([0-9a-f]+)"), exported("{:02x}"));
	talk(client);
	EXPECT_EQ(client.waitForExit(), 0);
}

}
