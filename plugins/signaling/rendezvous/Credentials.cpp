#include "plugins/signaling/rendezvous/Credentials.h"

#include <utility>

namespace gimlet::rendezvous_client
{

void Credentials::get(const ClientSettings& settings, Done done)
{
	cancel();
	_source.emplace(_loop, settings.token);
	_source->get(
		[this, iamKeys = settings.iamToken, done = std::move(done)](
			const std::string& token, const std::string& error)
		{
			if (!error.empty())
				return done(error);
			_token = token;
			_iamSource.emplace(_loop, iamKeys);
			_iamSource->get(
				[this, done](const std::string& iamToken, const std::string& iamError)
				{
					if (iamError.empty())
						_iamToken = iamToken;
					done(iamError);
				});
		});
}

void Credentials::cancel()
{
	_source.reset();
	_iamSource.reset();
}

}
