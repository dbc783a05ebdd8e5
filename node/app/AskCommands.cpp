#include "node/app/AskCommands.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Timespan.h>
#include <fmt/format.h>

#include <array>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "node/app/ExitCodes.h"
#include "node/app/Load.h"
#include "node/protocol/json/Json.h"

namespace gimlet::app
{

namespace
{

constexpr int TIMEOUT_SECONDS = 3; // shorter than the usual time-out of a container's health check, 5 s
constexpr std::size_t MAX_ANSWER = 256 * 1024;

/// Nobody answers; the sentence says where he was looked for.
class NoAnswer : public std::runtime_error
{
public:
	using std::runtime_error::runtime_error;
};

struct Answer
{
	int status = 0;
	std::string body;
};

/// Where the listener of this configuration can be reached from here.
Endpoint listener(const Settings& http)
{
	if (http.text("listen") == "none")
		throw NoAnswer(
			"this configuration has no HTTP listener ([http] listen = none), so nobody can be asked");
	const auto address = http.endpoint("listen");
	if (address.port == 0)
		throw NoAnswer(
			"this configuration lets the system choose the HTTP port, so nobody knows whom to ask; "
			"give [http] listen a port");
	if (!address.endpoint)
		return Endpoint::loopback(AF_INET, address.port);
	if (address.endpoint->isUnspecified())
		return Endpoint::loopback(address.endpoint->family(), address.port);
	return *address.endpoint;
}

std::unique_ptr<Poco::Net::HTTPClientSession> session(const Settings& http, const Endpoint& endpoint)
{
	const auto host = endpoint.addressString();
	if (http.text("certificate").empty())
		return std::make_unique<Poco::Net::HTTPClientSession>(host, endpoint.port());
	// Our own listener, asked by address: its certificate bears a name, so there is nothing to compare.
	const Poco::Net::Context::Ptr context{
		new Poco::Net::Context{Poco::Net::Context::TLS_CLIENT_USE, "", Poco::Net::Context::VERIFY_NONE}};
	return std::make_unique<Poco::Net::HTTPSClientSession>(host, endpoint.port(), context);
}

std::string readBounded(std::istream& stream)
{
	std::string text;
	std::array<char, 4096> part{};
	while (text.size() < MAX_ANSWER && stream)
	{
		stream.read(part.data(), part.size());
		text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
	}
	return text;
}

Answer ask(const Settings& http, const std::string& path)
{
	const auto endpoint = listener(http);
	try
	{
		const auto connection = session(http, endpoint);
		connection->setProxyConfig({});
		connection->setTimeout(Poco::Timespan{TIMEOUT_SECONDS, 0});
		Poco::Net::HTTPRequest request{"GET", path, Poco::Net::HTTPMessage::HTTP_1_1};
		request.setKeepAlive(false);
		connection->sendRequest(request);
		Poco::Net::HTTPResponse response;
		auto& stream = connection->receiveResponse(response);
		return {static_cast<int>(response.getStatus()), readBounded(stream)};
	}
	catch (const Poco::Exception& error)
	{
		throw NoAnswer(fmt::format("no node answers at {}: {}", endpoint.toString(), error.displayText()));
	}
}

/// Runs a question with the [http] section of the command line's configuration.
template <typename Question>
int withConfiguration(const CommandLine& line, Question question)
{
	try
	{
		core::Setup setup{readSources(line), core::standardPluginFolders()};
		if (!setup.problems().empty())
		{
			printProblems(setup);
			return EXIT_CODE_CONFIGURATION;
		}
		return question(setup.configuration().section("http"));
	}
	catch (const NoAnswer& error)
	{
		std::cerr << error.what() << '\n';
		return EXIT_CODE_UNAVAILABLE;
	}
}

}

int healthCommand(const CommandLine& line)
{
	return withConfiguration(line,
		[](const Settings& http)
		{
			const auto answer = ask(http, "/health");
			if (answer.status != 200)
				throw NoAnswer(
					fmt::format("the node at {} answered {}", listener(http).toString(), answer.status));
			std::cout << "alive\n";
			return EXIT_CODE_OK;
		});
}

std::optional<std::string> runningId(const Settings& http, std::string& error)
try
{
	const auto answer = ask(http, "/ready");
	const auto ready = json::Object::parse(answer.body, error);
	auto id = ready ? ready->text("worker_id", 36) : std::nullopt;
	if (!id)
		error = fmt::format("what answers at {} is no gimlet node", listener(http).toString());
	return id;
}
catch (const NoAnswer& failure)
{
	error = failure.what();
	return std::nullopt;
}

}
