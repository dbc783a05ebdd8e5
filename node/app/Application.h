#pragma once

#include <Poco/Util/ServerApplication.h>

#include <string>
#include <vector>

#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// The process: POCO's server application around one command. It only chooses; what the commands do is in
/// files of their own.
class Application final : public Poco::Util::ServerApplication
{
public:
	explicit Application(CommandLine line);

protected:
	int main(const std::vector<std::string>& arguments) override;

private:
	int runChosen() const;

	CommandLine _line;
};

/// Everything that main() does once signals are prepared. @param arguments argv.
int runApplication(const std::vector<std::string>& arguments);

}
