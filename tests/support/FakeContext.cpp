#include "tests/support/FakeContext.h"

namespace gimlet::test
{

void RecordingDiscoveryHost::candidateFound(const Candidate& candidate)
{
	reports.push_back(std::string{"found "} + toString(candidate.type) + " " + candidate.endpoint.toString());
}

void RecordingDiscoveryHost::candidateLost(const Candidate& candidate)
{
	reports.push_back(std::string{"lost "} + toString(candidate.type) + " " + candidate.endpoint.toString());
}

void RecordingDiscoveryHost::gatheringDone(Port&)
{
	reports.emplace_back("done");
}

void RecordingDiscoveryHost::mappingBehaviour(Port&, MappingBehaviour behaviour, const std::string&)
{
	reports.push_back(std::string{"mapping "} + toString(behaviour));
}

void RecordingDiscoveryHost::publicAddress(const std::string& address, const std::string&)
{
	reports.push_back("public " + address);
}

Settings settings(const std::string& section, const std::map<std::string, std::string>& values)
{
	std::map<std::string, Settings::Value> result;
	for (const auto& [key, text] : values)
	{
		Settings::Value value;
		value.text = text;
		value.origin = Origin::File;
		result.emplace(key, std::move(value));
	}
	return {section, std::move(result)};
}

}
