#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "node/api/Http.h"
#include "node/api/TokenBucket.h"
#include "plugins/frontend/web/Audience.h"

namespace gimlet::web
{

/// One page, or a script, on /ui_ws.
class PageConnection final : public WebSocketHandler
{
public:
	explicit PageConnection(std::shared_ptr<Audience> audience);
	~PageConnection() override;

	void onOpen(WebSocketConnection& connection) override;
	void onText(std::string_view text) override;
	void onClose(std::uint16_t code, std::string_view reason) override;

	/// Does nothing on a closed connection.
	void sendText(std::string_view text);

private:
	void send(const ui::ToPage& object);
	void refuseTooFast(std::string_view text);

	std::shared_ptr<Audience> _audience;
	Rate _rate;
	TokenBucket _bucket;
	/// Objects in a row that came too fast.
	unsigned _tooFast = 0;
};

}
